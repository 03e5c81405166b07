package dev.imaged.bench;

import dev.imaged.bench.ComparisonReport.Metric;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.TreeMap;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.BitmapEncoder.BitmapFormat;
import org.knowm.xchart.CategoryChart;
import org.knowm.xchart.CategoryChartBuilder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.internal.chartpart.Chart;
import org.knowm.xchart.style.Styler.LegendPosition;

/** Draws comparisons as PNG files. */
final class Charts {
    private static final int WIDTH = 1000;
    private static final int HEIGHT = 700;

    /** What is asked for one by one, whatever the number of images. */
    private static final List<String> POINTS =
            List.of("Get, uniform names", "Get, Zipf names", "Create", "Update of the target", "List, target.digest==");

    private Charts() {}

    /**
     * Draws, next to a file of results, the ratios of each number of images and what calls cost by the number of images.
     *
     * @throws IOException when a file cannot be written
     */
    static void write(Path results, List<ComparisonReport> reports) throws IOException {
        System.setProperty("java.awt.headless", "true");
        String stem = results.toString().replaceFirst("\\.json$", "");
        for (ComparisonReport report : reports) {
            Map<String, Double> ratios = ratios(report);
            if (!ratios.isEmpty()) {
                save(ratioChart(report, ratios), stem + "-ratio-" + report.images());
            }
        }
        if (reports.size() > 1) {
            save(costChart(reports), stem + "-cost");
        }
    }

    /** The ratios of the rates, in the order of the table, but for those that were given. */
    private static Map<String, Double> ratios(ComparisonReport report) {
        Map<String, Double> ratios = new LinkedHashMap<>();
        for (Rounds.Result result : report.results()) {
            result.inFlight()
                    .ifPresent(inFlight -> report.ratio(result, Metric.RATE)
                            .ifPresent(ratio -> ratios.put(result.operation() + " @" + inFlight, ratio)));
        }
        return ratios;
    }

    /** Bars of logarithms, so that 2 and 500 both show, and what is below 1 goes down. */
    private static CategoryChart ratioChart(ComparisonReport report, Map<String, Double> ratios) {
        CategoryChart chart = new CategoryChartBuilder()
                .width(WIDTH)
                .height(HEIGHT)
                .title(String.format(
                        "Calls/s of %s by those of %s, %,d images",
                        report.servers().get(0), report.servers().get(1), report.images()))
                .yAxisTitle("times")
                .build();
        chart.getStyler().setLegendVisible(false);
        chart.getStyler().setXAxisLabelRotation(60);
        chart.getStyler().setyAxisTickLabelsFormattingFunction(power -> Figure.shown(Math.pow(10, power)));
        chart.addSeries(
                "ratio",
                new ArrayList<>(ratios.keySet()),
                ratios.values().stream().map(Math::log10).toList());
        return chart;
    }

    private static XYChart costChart(List<ComparisonReport> reports) {
        XYChart chart = new XYChartBuilder()
                .width(WIDTH)
                .height(HEIGHT)
                .title("Server CPU by call, most in flight that was measured")
                .xAxisTitle("images")
                .yAxisTitle("us")
                .build();
        chart.getStyler().setXAxisLogarithmic(true);
        chart.getStyler().setYAxisLogarithmic(true);
        chart.getStyler().setLegendPosition(LegendPosition.OutsideE);
        List<String> servers = reports.stream()
                .flatMap(report -> report.servers().stream())
                .distinct()
                .toList();
        for (String server : servers) {
            for (String operation : POINTS) {
                Map<Integer, Double> costs = costs(reports, server, operation);
                if (costs.size() > 1) {
                    chart.addSeries(
                            server + ": " + operation,
                            new ArrayList<>(costs.keySet()),
                            new ArrayList<>(costs.values()));
                }
            }
        }
        return chart;
    }

    private static Map<Integer, Double> costs(List<ComparisonReport> reports, String server, String operation) {
        Map<Integer, Double> costs = new TreeMap<>();
        for (ComparisonReport report : reports) {
            for (Rounds.Result result : report.results()) {
                OptionalDouble cost = ComparisonReport.median(result, server, Metric.CPU);
                if (result.operation().equals(operation) && cost.isPresent()) {
                    costs.put(report.images(), cost.getAsDouble());
                }
            }
        }
        return costs;
    }

    private static void save(Chart<?, ?> chart, String path) throws IOException {
        BitmapEncoder.saveBitmap(chart, path, BitmapFormat.PNG);
    }
}
