package dev.imaged.bench;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/**
 * Gets in the first seconds after a fill or a start, when the caches of a server are not yet what many Gets make them. Each sample is
 * a second. Not thread-safe.
 */
final class FirstSeconds {
    private static final int IN_FLIGHT = 64;
    private static final int AFTER_A_FILL = 10;
    private static final int AFTER_A_START = 3;
    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

    private final int images;
    private final Predicate<String> wanted;
    private final Map<String, Rounds.Result> results = new LinkedHashMap<>();

    /**
     * Has no samples yet.
     *
     * @param images how many each server holds
     * @param wanted which operations are measured, by their names
     */
    FirstSeconds(int images, Predicate<String> wanted) {
        this.images = images;
        this.wanted = wanted;
    }

    /** Measures the first ten seconds after a fill: the distributions take turns, a second each. */
    void afterFill(Contender contender) throws IOException, InterruptedException {
        Distribution[] turns = Distribution.values();
        for (int second = 0; second < AFTER_A_FILL; second++) {
            measure(contender, turns[second % turns.length], "right after the fill");
        }
    }

    /** Measures the first three seconds after a start, each by itself. */
    void afterStart(Contender contender, Distribution names) throws IOException, InterruptedException {
        for (int second = 1; second <= AFTER_A_START; second++) {
            measure(contender, names, String.format(Locale.ROOT, "second %d after a start", second));
        }
    }

    private void measure(Contender contender, Distribution names, String when)
            throws IOException, InterruptedException {
        Operation gets = Operation.get(names, images, IN_FLIGHT);
        String name = gets.name() + ", " + when;
        if (wanted.test(name)) {
            results.computeIfAbsent(name, key -> new Rounds.Result(key, OptionalInt.of(IN_FLIGHT)))
                    .add(contender, contender.run(gets, SECOND));
        }
    }

    /** Returns what was measured, in the order in which it was measured first. */
    List<Rounds.Result> results() {
        return List.copyOf(results.values());
    }
}
