package dev.imaged.server.cli;

import dev.imaged.images.Image;
import dev.imaged.maintenance.LoadReport;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.temporal.ChronoUnit;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import picocli.CommandLine.Option;

/** The option that says how a command prints images. */
final class OutputOption {
    @Option(
            names = {"-o", "--output"},
            paramLabel = "FORMAT",
            defaultValue = "table",
            converter = FormatConverter.class,
            description = "One of ${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).")
    private Format format = Format.TABLE;

    /** The forms that output can have. */
    enum Format {
        TABLE,
        JSON;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    private static final class FormatConverter extends WordConverter<Format> {
        FormatConverter() {
            super(List.of(Format.values()));
        }
    }

    boolean json() {
        return format == Format.JSON;
    }

    /** Prints images as they come: an array in JSON. */
    void printAll(PrintWriter out, Iterator<Image> images) throws IOException {
        if (json()) {
            ImageJson.printAll(out, images, ImageJson::image);
        } else {
            table().printAll(out, images, OutputOption::row);
        }
    }

    /** Prints one image: an object in JSON. */
    void print(PrintWriter out, Image image) {
        if (json()) {
            ImageJson.print(out, json -> ImageJson.image(json, image));
        } else {
            Table table = table();
            row(table, image);
            table.print(out);
        }
    }

    /** Prints the result of a load. */
    void printReport(PrintWriter out, LoadReport report) {
        if (json()) {
            ImageJson.print(out, json -> {
                json.writeStartObject();
                json.writeNumberField("created", report.created());
                json.writeNumberField("replaced", report.replaced());
                json.writeNumberField("unchanged", report.unchanged());
                json.writeEndObject();
            });
        } else {
            new Table("CREATED", "REPLACED", "UNCHANGED")
                    .row(
                            Long.toString(report.created()),
                            Long.toString(report.replaced()),
                            Long.toString(report.unchanged()))
                    .print(out);
        }
    }

    private static Table table() {
        return new Table("NAME", "TYPE", "DIGEST", "CREATED", "UPDATED", "LABELS");
    }

    private static void row(Table table, Image image) {
        table.row(
                image.name(),
                image.target().mediaType(),
                image.target().digest(),
                image.createdAt().truncatedTo(ChronoUnit.SECONDS).toString(),
                image.updatedAt().truncatedTo(ChronoUnit.SECONDS).toString(),
                labels(image.labels()));
    }

    /** Returns labels as a table shows them. */
    static String labels(Map<String, String> labels) {
        return labels.isEmpty()
                ? "-"
                : labels.entrySet().stream()
                        .map(label -> label.getKey() + "=" + label.getValue())
                        .collect(Collectors.joining(","));
    }
}
