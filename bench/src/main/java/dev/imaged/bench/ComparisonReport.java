package dev.imaged.bench;

import com.fasterxml.jackson.core.JsonEncoding;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.imaged.bench.Contender.Sample;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;

/**
 * Prints what operations cost on several servers as rows of a Markdown table, as they come, and keeps them. A cell has the
 * medians of the servers in the order of the header. Not thread-safe.
 */
final class ComparisonReport {
    private final int images;
    private final List<String> servers;
    private final PrintStream out;
    private final List<Rounds.Result> results = new ArrayList<>();
    private final List<Figure> limits = new ArrayList<>();

    /**
     * Starts a report.
     *
     * @param servers what keeps images, ours first; ratios are to the second
     */
    ComparisonReport(int images, List<String> servers, PrintStream out) {
        this.images = images;
        this.servers = List.copyOf(servers);
        this.out = out;
    }

    /** A figure of an operation: the server's CPU first, which is the steadiest on a noisy machine. */
    record Metric(String title, ToDoubleFunction<Sample> value) {
        static final Metric CPU = new Metric("server CPU, us/call", Sample::cpuMicrosPerCall);
        static final Metric RATE = new Metric("calls/s", Sample::callsPerSecond);
        static final Metric P50 = new Metric("p50, ms", sample -> sample.latencyMillis(50));
        static final Metric P99 = new Metric("p99, ms", sample -> sample.latencyMillis(99));
        static final Metric P999 = new Metric("p99.9, ms", sample -> sample.latencyMillis(99.9));
        static final List<Metric> ALL = List.of(CPU, RATE, P50, P99, P999);

        Figure of(List<Sample> samples) {
            return Figure.of(
                    title, "", samples.stream().map(value::applyAsDouble).toList());
        }
    }

    int images() {
        return images;
    }

    List<String> servers() {
        return servers;
    }

    List<Rounds.Result> results() {
        return List.copyOf(results);
    }

    /**
     * Prints the header of a table.
     *
     * @param measured the servers that have figures in it
     */
    void begin(String title, List<String> measured) {
        out.printf(
                Locale.ROOT,
                "%n%s, %,d images; each cell: %s, medians%n%n",
                title,
                images,
                String.join(" / ", measured));
        out.println(
                "| operation | in flight | CPU ratio | rate ratio | server CPU, us/call | calls/s (min to max) | p50, ms | p99, ms | p99.9, ms |");
        out.println("| --- | --- | --- | --- | --- | --- | --- | --- | --- |");
    }

    /** Prints what a reader should know of the table. */
    void note(String text) {
        out.println("- " + text);
    }

    /** Adds a figure that stands next to the table. */
    void limit(Figure figure) {
        limits.add(figure);
        note(figure.name() + ": " + Figure.shown(figure.median()) + " " + figure.unit());
    }

    /** Adds what a server takes at a moment. */
    void resources(String when, Contender contender) throws IOException {
        String suffix = ", " + contender.name() + ", " + when;
        ResidentMemory memory = contender.server().residentMemory();
        for (ResidentMemory.Part part : ResidentMemory.Part.ALL) {
            limit(Figure.of(part.title() + suffix, "MiB", List.of(part.of(memory))));
        }
        limit(Figure.of("disk" + suffix, "MiB", List.of(contender.server().diskMebibytes())));
    }

    /** Adds an operation. */
    void add(Rounds.Result result) {
        results.add(result);
        out.printf(
                Locale.ROOT,
                "| %s | %s | %s | %s | %s | %s | %s | %s | %s |%n",
                result.operation(),
                result.inFlight().isPresent() ? result.inFlight().getAsInt() : "-",
                shownRatio(result, Metric.CPU),
                shownRatio(result, Metric.RATE),
                cell(result, Metric.CPU, false),
                cell(result, Metric.RATE, true),
                cell(result, Metric.P50, false),
                cell(result, Metric.P99, false),
                cell(result, Metric.P999, false));
        out.flush();
    }

    private String shownRatio(Rounds.Result result, Metric metric) {
        OptionalDouble ratio = ratio(result, metric);
        return ratio.isPresent() ? Figure.shown(ratio.getAsDouble()) : "-";
    }

    /** Returns how many times the figure of the second server ours is, nothing where one of them was not measured. */
    OptionalDouble ratio(Rounds.Result result, Metric metric) {
        if (servers.size() < 2) {
            return OptionalDouble.empty();
        }
        OptionalDouble ours = median(result, servers.get(0), metric);
        OptionalDouble theirs = median(result, servers.get(1), metric);
        return ours.isPresent() && theirs.isPresent()
                ? OptionalDouble.of(ours.getAsDouble() / theirs.getAsDouble())
                : OptionalDouble.empty();
    }

    static OptionalDouble median(Rounds.Result result, String server, Metric metric) {
        List<Sample> samples = result.samples().get(server);
        return samples == null
                ? OptionalDouble.empty()
                : OptionalDouble.of(metric.of(samples).median());
    }

    private static String cell(Rounds.Result result, Metric metric, boolean range) {
        return result.samples().values().stream()
                .map(metric::of)
                .map(figure -> Figure.shown(figure.median())
                        + (range ? " (" + Figure.shown(figure.min()) + " to " + Figure.shown(figure.max()) + ")" : ""))
                .collect(Collectors.joining(" / "));
    }

    /** Writes all figures of all reports to a file, as JSON. */
    static void write(Path file, List<ComparisonReport> reports) throws IOException {
        try (JsonGenerator json = new JsonFactory().createGenerator(file.toFile(), JsonEncoding.UTF8)) {
            json.useDefaultPrettyPrinter();
            json.writeStartArray();
            for (ComparisonReport report : reports) {
                report.write(json);
            }
            json.writeEndArray();
        }
    }

    private void write(JsonGenerator json) throws IOException {
        json.writeStartObject();
        json.writeNumberField("images", images);
        json.writeArrayFieldStart("figures");
        for (Figure limit : limits) {
            write(json, limit);
        }
        json.writeEndArray();
        json.writeArrayFieldStart("operations");
        for (Rounds.Result result : results) {
            json.writeStartObject();
            json.writeStringField("operation", result.operation());
            if (result.inFlight().isPresent()) {
                json.writeNumberField("inFlight", result.inFlight().getAsInt());
            }
            writeRatio(json, "cpuRatio", ratio(result, Metric.CPU));
            writeRatio(json, "rateRatio", ratio(result, Metric.RATE));
            for (Map.Entry<String, List<Sample>> server : result.samples().entrySet()) {
                json.writeArrayFieldStart(server.getKey());
                for (Metric metric : Metric.ALL) {
                    Figure figure = metric.of(server.getValue());
                    if (!Double.isNaN(figure.median())) {
                        write(json, figure);
                    }
                }
                json.writeEndArray();
            }
            json.writeEndObject();
        }
        json.writeEndArray();
        json.writeEndObject();
    }

    private static void writeRatio(JsonGenerator json, String name, OptionalDouble ratio) throws IOException {
        if (ratio.isPresent()) {
            json.writeNumberField(name, ratio.getAsDouble());
        }
    }

    private static void write(JsonGenerator json, Figure figure) throws IOException {
        json.writeStartObject();
        json.writeStringField("figure", figure.name());
        json.writeStringField("unit", figure.unit());
        json.writeNumberField("median", figure.median());
        json.writeNumberField("min", figure.min());
        json.writeNumberField("max", figure.max());
        json.writeEndObject();
    }
}
