package dev.imaged.server.xodus;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Whole files that are missing, cut, longer, swapped, older or of another store are never taken for data: a start is refused,
 * changes nothing and says the way out, or all that can be read is right. {@code -Dimaged.damage.trials=10000} is a long run;
 * {@code -Dimaged.damage.seed=N} runs one trial of each kind again.
 */
class WholeFileDamageTest {
    private static final Long SEED = Long.getLong("imaged.damage.seed");
    private static final int TRIALS =
            SEED != null ? 1 : Integer.getInteger("imaged.damage.trials", 500) / (int) kinds().count() + 1;
    private static final int DRAWS = 20;
    private static final List<MadeStore.Shape> SHAPES = List.of(MadeStore.Shape.values());

    @TempDir
    static Path making;

    @TempDir
    Path temp;

    private static final Map<MadeStore.Shape, List<MadeStore>> stores = new EnumMap<>(MadeStore.Shape.class);

    /** Two of each shape, so that a file may come from another store. */
    @BeforeAll
    static void make() throws IOException {
        for (MadeStore.Shape shape : SHAPES) {
            List<MadeStore> made = List.of(
                    MadeStore.make(shape, making.resolve("one"), 1), MadeStore.make(shape, making.resolve("other"), 2));
            made.forEach(store -> {
                int files = store.newest().logFiles().size();
                assertTrue(files >= 5 && files <= 30, () -> shape + " has " + files + " files");
            });
            stores.put(shape, made);
        }
    }

    static Stream<WholeFileDamage> kinds() {
        return WholeFileDamage.all();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("kinds")
    @Timeout(600)
    void isRefusedOrEveryAnswerIsRightAndOncePutBackNothingIsMissing(WholeFileDamage kind) throws IOException {
        Random seeds = new Random();
        List<String> failures = new ArrayList<>();
        int damaged = 0;
        for (int i = 0; i < TRIALS; i++) {
            long seed = SEED != null ? SEED : seeds.nextInt();
            Random random = new Random(seed);
            DamageTrial trial = trial(kind, random);
            for (int draw = 1; draw < DRAWS && trial.touched().isEmpty(); draw++) {
                trial = trial(kind, random); // not every store can be damaged in every way
            }
            damaged += trial.touched().isEmpty() ? 0 : 1;
            try {
                boolean isOpened = trial.run();
                assertTrue(isOpened || !kind.opens(), "it was refused");
            } catch (RuntimeException | AssertionError e) {
                failures.add("seed " + seed + ", " + trial + ": " + e);
            }
        }
        if (!failures.isEmpty()) {
            fail(kind + ": " + failures.size() + " of " + TRIALS + " trials\n" + String.join("\n", failures));
        }
        assertTrue(damaged > 0 || SEED != null, () -> kind + ": no trial changed a file");
    }

    private DamageTrial trial(WholeFileDamage kind, Random random) {
        List<MadeStore> made = stores.get(SHAPES.get(random.nextInt(SHAPES.size())));
        boolean isPutBack = random.nextBoolean();
        SavedFolder damaged = kind.apply(made.get(0), made.get(1), random);
        return new DamageTrial(temp.resolve("data"), made.get(0), damaged, isPutBack);
    }
}
