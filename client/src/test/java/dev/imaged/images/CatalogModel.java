package dev.imaged.images;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * A long random history of calls has the same answers from a store as from the reference in memory, errors and their details included:
 * requests of several images, single writes, reads of the past, and pages with writes between them. A failure names the seed, and the
 * fewest steps that were found to show it.
 */
public final class CatalogModel {
    /** How many changes the stores keep: so few that the daemon drops at each commit what is too much. */
    public static final int KEPT_CHANGES = 60;

    /** The time between two calls. */
    static final Duration STEP = Duration.ofMillis(100);

    private static final long SHRINK_SECONDS = 60;
    private static final int STEPS_BETWEEN_LISTS = 20;

    /** Opens stores without images that keep {@link #KEPT_CHANGES} changes, for ever. */
    public interface Opening {
        ImageStores open(TestClock clock) throws Exception;
    }

    /** The step at which two stores differ, and how. */
    private record Difference(int step, String what) {}

    private final Opening opening;
    private final Function<ImageStores, ConditionalWrites> writes;

    private CatalogModel(Opening opening, Function<ImageStores, ConditionalWrites> writes) {
        this.opening = opening;
        this.writes = writes;
    }

    /** Compares a store with the reference, as {@link #run(Opening, Function, long, int)} does. */
    public static void run(Opening opening, long seed, int steps) throws Exception {
        run(opening, ConditionalWrites::over, seed, steps);
    }

    /**
     * Compares a store with the reference.
     *
     * @param writes how single images are written on a condition in the store; in the reference they are transactions
     *
     * @throws AssertionError when they differ
     */
    public static void run(Opening opening, Function<ImageStores, ConditionalWrites> writes, long seed, int steps)
            throws Exception {
        CatalogModel model = new CatalogModel(opening, writes);
        Random random = new Random(seed);
        List<Long> seeds = new ArrayList<>();
        for (int i = 0; i < steps; i++) {
            seeds.add(random.nextLong());
        }
        Difference difference = model.compare(seeds);
        if (difference != null) {
            List<Long> shortest = model.shorten(seeds.subList(0, difference.step() + 1));
            throw new AssertionError(readable("seed " + seed + ", step " + difference.step() + ": " + difference.what()
                    + "\nthe fewest steps: " + model.describe(shortest)));
        }
    }

    private static String readable(String text) {
        return text.replace(ContractFixture.TARGET_A.toString(), "A")
                .replace(ContractFixture.TARGET_B.toString(), "B")
                .replace(ContractFixture.DIGEST_A, "A")
                .replace(ContractFixture.DIGEST_B, "B");
    }

    /** Makes the calls of some seeds; returns where the answers differ, null when they do not. */
    private Difference compare(List<Long> seeds) throws Exception {
        TestClock clock = new TestClock();
        try (ImageStores reference = new InMemoryImageStores(clock, KEPT_CHANGES);
                ImageStores stores = opening.open(clock)) {
            ModelStep.Session expected = new ModelStep.Session(reference, ConditionalWrites.over(reference));
            ModelStep.Session actual = new ModelStep.Session(stores, writes.apply(stores));
            for (int i = 0; i < seeds.size(); i++) {
                Instant now = clock.advance(STEP);
                long newest = newest(reference);
                String one = ModelStep.run(expected, seeds.get(i), newest, now);
                String other = ModelStep.run(actual, seeds.get(i), newest, now);
                if (!one.equals(other)) {
                    return new Difference(i, "\nexpected " + one + "\nbut was  " + other);
                } else if (i % STEPS_BETWEEN_LISTS == 0 || i == seeds.size() - 1) {
                    String listed = lists(reference);
                    if (!listed.equals(lists(stores))) {
                        return new Difference(i, one + "\nexpected images " + listed + "\nbut has " + lists(stores));
                    }
                }
            }
        }
        return null;
    }

    /** Returns the revision of the last commit, and leaves the clock of the stores alone. */
    private static long newest(ImageStores stores) {
        PageOptions one = PageOptions.first(ListOptions.DEFAULT).withSize(1);
        return stores.pages("x").orElseThrow().page(one).position().revision();
    }

    private static String lists(ImageStores stores) {
        return stores.namespace("x").list() + " " + stores.namespace("xb").list();
    }

    /** Leaves out steps for as long as the stores still differ: first all but the last, then halves, quarters, and so on. */
    private List<Long> shorten(List<Long> failing) throws Exception {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(SHRINK_SECONDS);
        List<Long> shortest = failing;
        for (int last = 2; last < shortest.size(); last *= 2) {
            List<Long> tail = shortest.subList(shortest.size() - last, shortest.size());
            Difference difference = compare(tail);
            if (difference != null) {
                shortest = tail.subList(0, difference.step() + 1);
            }
        }
        for (int size = shortest.size() / 2; size > 0 && System.nanoTime() < end; size /= 2) {
            for (int from = 0; from < shortest.size() - 1 && System.nanoTime() < end; ) {
                List<Long> fewer = new ArrayList<>(shortest.subList(0, from));
                fewer.addAll(shortest.subList(Math.min(from + size, shortest.size() - 1), shortest.size()));
                Difference difference = fewer.size() < shortest.size() ? compare(fewer) : null;
                if (difference == null) {
                    from += size;
                } else {
                    shortest = fewer.subList(0, difference.step() + 1);
                }
            }
        }
        return shortest;
    }

    /** Returns the calls with the answers of the reference, and how the last differs. */
    private String describe(List<Long> seeds) throws Exception {
        StringBuilder text = new StringBuilder();
        TestClock clock = new TestClock();
        try (ImageStores reference = new InMemoryImageStores(clock, KEPT_CHANGES)) {
            ModelStep.Session session = new ModelStep.Session(reference, ConditionalWrites.over(reference));
            for (long seed : seeds) {
                Instant now = clock.advance(STEP);
                text.append("\n").append(ModelStep.run(session, seed, newest(reference), now));
            }
        }
        Difference difference = compare(seeds);
        return text + (difference == null ? "" : difference.what());
    }
}
