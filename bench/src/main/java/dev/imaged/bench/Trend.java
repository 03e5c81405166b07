package dev.imaged.bench;

import java.util.List;
import java.util.Locale;

/**
 * What a figure did over a long run. The first third is for what has to fill: compilers, caches, the log of changes. A figure
 * creeps when its median in the last third is above that of the middle one by more than is tolerated.
 *
 * @param tolerance how much more there may be, as a part of the middle third
 * @param values at even intervals, three at least
 */
record Trend(String name, String unit, double tolerance, List<Double> values) {
    static final int MIN_VALUES = 3;

    private static final double PERCENT = 100;

    double middle() {
        return median(values.size() / 3, values.size() * 2 / 3);
    }

    double last() {
        return median(values.size() * 2 / 3, values.size());
    }

    private double median(int from, int to) {
        return Figure.of(name, unit, values.subList(from, to)).median();
    }

    boolean creeps() {
        return !(last() <= middle() * (1 + tolerance)); // what was not measured is not known to stay
    }

    /** Returns the trend as a row of a Markdown table. */
    String row() {
        return String.format(
                Locale.ROOT,
                "| %s | %s | %s | %s | %+.1f %% | %.0f %% | %s |",
                name,
                unit,
                Figure.shown(middle()),
                Figure.shown(last()),
                (last() / middle() - 1) * PERCENT,
                tolerance * PERCENT,
                creeps() ? "creeps" : "stays");
    }
}
