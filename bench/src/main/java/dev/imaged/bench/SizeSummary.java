package dev.imaged.bench;

import dev.imaged.bench.ComparisonReport.Metric;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** The server's processor time of a Get and of an Update by how many images there are, as a Markdown table. */
final class SizeSummary {
    private SizeSummary() {}

    /** A row: what was measured, and on which server. */
    private record Row(String operation, OptionalInt inFlight, String server) {}

    /** Returns the lines of the table, none when there is one size only. */
    static List<String> lines(List<ComparisonReport> reports) {
        TreeMap<Integer, ComparisonReport> bySize = new TreeMap<>();
        reports.forEach(report -> bySize.put(report.images(), report));
        if (bySize.size() < 2) {
            return List.of();
        }
        List<String> lines = new ArrayList<>(List.of(
                "Server CPU by the number of images, us/call; in parentheses how many times that of the smallest number",
                "",
                line(
                        "operation",
                        "in flight",
                        "server",
                        bySize.keySet().stream()
                                .map(size -> String.format(Locale.ROOT, "%,d", size))
                                .toList()),
                line(
                        "---",
                        "---",
                        "---",
                        bySize.keySet().stream().map(size -> "---").toList())));
        for (Row row : rows(bySize.firstEntry().getValue())) {
            lines.add(line(row, bySize));
        }
        return lines;
    }

    private static List<Row> rows(ComparisonReport smallest) {
        return smallest.results().stream()
                .filter(result -> result.operation().startsWith("Get,")
                        || result.operation().startsWith(Operation.UPDATE))
                .flatMap(result -> result.samples().keySet().stream()
                        .map(server -> new Row(result.operation(), result.inFlight(), server)))
                .toList();
    }

    private static String line(Row row, Map<Integer, ComparisonReport> bySize) {
        List<String> cells = new ArrayList<>();
        OptionalDouble smallest = OptionalDouble.empty();
        for (ComparisonReport report : bySize.values()) {
            OptionalDouble cost = cost(report, row);
            cells.add(cell(cost, smallest));
            smallest = cells.size() == 1 ? cost : smallest;
        }
        String inFlight =
                row.inFlight().isPresent() ? Integer.toString(row.inFlight().getAsInt()) : "-";
        return line(row.operation(), inFlight, row.server(), cells);
    }

    private static OptionalDouble cost(ComparisonReport report, Row row) {
        return report.results().stream()
                .filter(result -> result.operation().equals(row.operation())
                        && result.inFlight().equals(row.inFlight()))
                .map(result -> ComparisonReport.median(result, row.server(), Metric.CPU))
                .findFirst()
                .orElse(OptionalDouble.empty());
    }

    private static String cell(OptionalDouble cost, OptionalDouble smallest) {
        if (cost.isEmpty()) {
            return "-";
        }
        String shown = Figure.shown(cost.getAsDouble());
        return smallest.isEmpty()
                ? shown
                : String.format(Locale.ROOT, "%s (%.2f)", shown, cost.getAsDouble() / smallest.getAsDouble());
    }

    private static String line(String operation, String inFlight, String server, List<String> cells) {
        return cells.stream()
                .collect(Collectors.joining(" | ", "| " + operation + " | " + inFlight + " | " + server + " | ", " |"));
    }
}
