package dev.imaged.server.faults;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A daemon on a disk the calls of which fail: once, at random, for three seconds, and until kill -9. Reads go on, writes are
 * refused and say so, and work without a restart once the disk does. Nothing that was acknowledged is lost, and nothing that was
 * refused is stored. {@code -Dimaged.faults.rounds=20} is a long run, {@code -Dimaged.faults.only=TEXT} runs those with the
 * text in their names, {@code -Dimaged.faults.seed=N} repeats the choices of a run.
 */
class DiskFaultsIT {
    private static final int ROUNDS = Integer.getInteger("imaged.faults.rounds", 1);
    private static final String ONLY = System.getProperty("imaged.faults.only", "");
    private static final int SEED = Integer.getInteger("imaged.faults.seed", new Random().nextInt());

    /** They wait most of the time. */
    private static final int AT_ONCE = 4;

    @TempDir
    static Path folder;

    private static final Map<DiskFault, Future<FaultRun>> RUNS = new HashMap<>();
    private static final ExecutorService THREADS = Executors.newFixedThreadPool(AT_ONCE);

    static List<DiskFault> faults() {
        return DiskFault.ALL.stream()
                .filter(fault -> fault.name().contains(ONLY))
                .toList();
    }

    @BeforeAll
    static void start() throws IOException {
        System.out.println("seed " + SEED);
        for (DiskFault fault : faults()) {
            FaultRun run = new FaultRun(fault, Files.createDirectory(folder.resolve("" + RUNS.size())), SEED);
            RUNS.put(fault, THREADS.submit(() -> {
                for (int round = 0; round < ROUNDS; round++) {
                    run.round();
                }
                return run;
            }));
        }
    }

    @AfterAll
    static void stop() {
        THREADS.shutdownNow();
    }

    @ParameterizedTest
    @MethodSource("faults")
    void readsGoOnAndWritesAreStoredOrRefusedAndWorkOnceTheDiskDoes(DiskFault fault) throws Exception {
        try {
            FaultRun run = RUNS.get(fault).get();
            System.out.println(run);
            assertEquals("", String.join("\n", run.problems()), () -> run + "\n" + run.log());
        } catch (ExecutionException e) {
            throw new AssertionError(fault + ": " + e.getCause(), e.getCause());
        }
    }
}
