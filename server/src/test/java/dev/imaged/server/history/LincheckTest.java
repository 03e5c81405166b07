package dev.imaged.server.history;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.imaged.images.InMemoryImageStores;
import dev.imaged.images.TestClock;
import dev.imaged.server.engine.DecodedImageStores;
import dev.imaged.server.store.StoreEngine;
import dev.imaged.server.store.TestStores;
import dev.imaged.server.xodus.Engines;
import java.nio.file.Path;
import java.time.Clock;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jetbrains.lincheck.LincheckAssertionError;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.StressOptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The stores in process are linearizable, lists included, in random scenarios of concurrent calls under stress. {@code -Dimaged.lincheck.iterations=1000} is a long run.
 */
class LincheckTest {
    private static final int ITERATIONS = Integer.getInteger("imaged.lincheck.iterations", 5);

    private static StoreEngine engine;

    /** The reference. */
    public static final class InMemory extends StoreOperations {
        public InMemory() {
            super(new InMemoryImageStores(new TestClock()).namespace("lincheck"));
        }
    }

    /** A namespace of the engine that nobody used before. */
    public static final class Stored extends StoreOperations {
        private static final AtomicInteger namespaces = new AtomicInteger();

        public Stored() {
            super(new DecodedImageStores(engine).namespace("lincheck" + namespaces.incrementAndGet()));
        }
    }

    /** A store whose list looks at one name after the other. */
    @Param(name = "name", gen = IntGen.class, conf = "0:1")
    public static final class Torn {
        private final InMemory store = new InMemory();

        @Operation
        public String create(@Param(name = "name") int name) {
            return store.create(name, 0);
        }

        @Operation
        public String list() {
            return IntStream.of(0, 1)
                    .mapToObj(name -> {
                        LockSupport.parkNanos(1); // long enough for the others
                        return "name" + name + "=" + store.get(name);
                    })
                    .filter(image -> !image.endsWith("NotFound"))
                    .collect(Collectors.joining(" "));
        }

        /** What it promises. */
        public static final class Sequential {
            private final StoreOperations.Sequential store = new StoreOperations.Sequential();

            public String create(int name) {
                return store.create(name, 0);
            }

            public String list() {
                return store.list();
            }
        }
    }

    private static StressOptions stress(int invocations) {
        return new StressOptions()
                .iterations(ITERATIONS)
                .threads(3)
                .actorsPerThread(3)
                .actorsBefore(2)
                .actorsAfter(1)
                .invocationsPerIteration(invocations)
                .sequentialSpecification(StoreOperations.Sequential.class);
    }

    @Test
    void theReferenceIsLinearizableUnderStress() {
        stress(500).check(InMemory.class);
    }

    @Test
    void theEngineIsLinearizableUnderStressInMemory() {
        engine = TestStores.inMemory(Clock.systemUTC());
        try {
            stress(40).check(Stored.class);
        } finally {
            engine.close();
        }
    }

    @Test
    void theEngineIsLinearizableUnderStress(@TempDir Path folder) {
        engine = Engines.open(folder, Clock.systemUTC());
        try {
            stress(40).check(Stored.class);
        } finally {
            engine.close();
        }
    }

    @Test
    void aStoreThatTearsIsFound() {
        LincheckAssertionError error = assertThrows(
                LincheckAssertionError.class,
                () -> stress(100)
                        .iterations(500)
                        .minimizeFailedScenario(false)
                        .sequentialSpecification(Torn.Sequential.class)
                        .check(Torn.class));

        assertTrue(error.getMessage().contains("Invalid execution results"), error.getMessage());
    }
}
