package dev.imaged.bench;

import com.fasterxml.jackson.core.JsonEncoding;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Prints figures as rows of a Markdown table as they come, and keeps them. Not thread-safe. */
final class Report {
    private final List<Figure> figures = new ArrayList<>();

    Report() {
        System.out.println("| figure | unit | median | min | max |");
        System.out.println("| --- | --- | --- | --- | --- |");
    }

    /** Adds a figure that was measured several times. */
    void add(String name, String unit, List<Double> values) {
        Figure figure = Figure.of(name, unit, values);
        figures.add(figure);
        System.out.println(figure.row());
    }

    /** Writes the figures to a file, as JSON. */
    void write(Path file) throws IOException {
        try (JsonGenerator out = new JsonFactory().createGenerator(file.toFile(), JsonEncoding.UTF8)) {
            out.useDefaultPrettyPrinter();
            out.writeStartArray();
            for (Figure figure : figures) {
                out.writeStartObject();
                out.writeStringField("figure", figure.name());
                out.writeStringField("unit", figure.unit());
                out.writeNumberField("median", figure.median());
                out.writeNumberField("min", figure.min());
                out.writeNumberField("max", figure.max());
                out.writeEndObject();
            }
            out.writeEndArray();
        }
    }
}
