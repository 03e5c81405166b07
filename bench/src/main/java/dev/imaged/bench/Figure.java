package dev.imaged.bench;

import java.util.List;
import java.util.Locale;

/** A figure over several rounds. The machine is noisy, so the median is what counts, and the extremes say how noisy. */
record Figure(String name, String unit, double median, double min, double max) {
    static Figure of(String name, String unit, List<Double> values) {
        List<Double> sorted = values.stream().sorted().toList();
        int middle = sorted.size() / 2;
        double median = sorted.size() % 2 == 1 ? sorted.get(middle) : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
        return new Figure(name, unit, median, sorted.get(0), sorted.get(sorted.size() - 1));
    }

    /** Returns the figure as a row of a Markdown table. */
    String row() {
        return String.format(
                Locale.ROOT, "| %s | %s | %s | %s | %s |", name, unit, shown(median), shown(min), shown(max));
    }

    /** Returns a figure with as many digits as mean something, a dash when there is none. */
    static String shown(double value) {
        if (Double.isNaN(value)) {
            return "-";
        }
        return String.format(Locale.ROOT, value >= 100 ? "%,.0f" : value >= 10 ? "%.1f" : "%.3f", value);
    }
}
