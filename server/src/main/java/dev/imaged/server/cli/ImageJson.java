package dev.imaged.server.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.imaged.images.Image;
import dev.imaged.oci.Descriptor;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Images as JSON. An image is {@code {"name", "labels", "target": {"mediaType", "digest", "size", "annotations"},
 * "createdAt", "updatedAt"}}: labels and annotations are objects of strings, size is in bytes, times are RFC 3339 in
 * UTC. No field is ever left out.
 */
final class ImageJson {
    private static final JsonFactory FACTORY = new JsonFactory();

    /** After how many values it is time to look whether somebody reads them. */
    private static final int BATCH = 256;

    private ImageJson() {}

    /** Writes the content of a document. */
    interface Content {
        void write(JsonGenerator json) throws IOException;
    }

    /** Writes one value. */
    interface Element<T> {
        void write(JsonGenerator json, T value) throws IOException;
    }

    /** Prints a document and a line feed. */
    static void print(PrintWriter out, Content document) {
        StringWriter text = new StringWriter();
        try (JsonGenerator json = FACTORY.createGenerator(text)) {
            json.useDefaultPrettyPrinter();
            document.write(json);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write JSON", e);
        }
        out.println(text);
        out.flush();
    }

    /** Prints a document in one line. */
    static void printLine(PrintWriter out, Content document) {
        try (JsonGenerator json = streaming(out)) {
            document.write(json);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write JSON", e);
        }
        out.println();
    }

    /**
     * Prints an array of values as they come, until nobody reads the output any more. When a value cannot be printed, the array is left
     * open, so that it does not look whole.
     */
    static <T> void printAll(PrintWriter out, Iterator<T> values, Element<T> element) throws IOException {
        try (JsonGenerator json = streaming(out)) {
            json.useDefaultPrettyPrinter();
            json.writeStartArray();
            for (int written = 1; values.hasNext(); written++) {
                element.write(json, values.next());
                if (written % BATCH == 0) {
                    json.flush();
                    if (Terminal.isClosed(out)) {
                        return;
                    }
                }
            }
            json.writeEndArray();
        }
        out.println();
        out.flush();
    }

    /** Returns a generator that leaves its output, and what was not ended, open. */
    private static JsonGenerator streaming(PrintWriter out) throws IOException {
        return FACTORY.createGenerator(out)
                .disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET)
                .disable(JsonGenerator.Feature.AUTO_CLOSE_JSON_CONTENT)
                .disable(JsonGenerator.Feature.FLUSH_PASSED_TO_STREAM);
    }

    /** Writes a field that holds an image, or null. */
    static void imageField(JsonGenerator json, String field, @Nullable Image image) throws IOException {
        json.writeFieldName(field);
        if (image == null) {
            json.writeNull();
        } else {
            image(json, image);
        }
    }

    /** Writes an array. */
    static <T> void array(JsonGenerator json, List<T> values, Element<T> element) throws IOException {
        json.writeStartArray();
        for (T value : values) {
            element.write(json, value);
        }
        json.writeEndArray();
    }

    /** Writes an image. */
    static void image(JsonGenerator json, Image image) throws IOException {
        json.writeStartObject();
        fields(json, image);
        json.writeEndObject();
    }

    /** Writes the fields of an image into an object. */
    static void fields(JsonGenerator json, Image image) throws IOException {
        json.writeStringField("name", image.name());
        texts(json, "labels", image.labels());
        json.writeFieldName("target");
        descriptor(json, image.target());
        json.writeStringField("createdAt", image.createdAt().toString());
        json.writeStringField("updatedAt", image.updatedAt().toString());
    }

    /** Writes a descriptor. */
    static void descriptor(JsonGenerator json, Descriptor descriptor) throws IOException {
        json.writeStartObject();
        json.writeStringField("mediaType", descriptor.mediaType());
        json.writeStringField("digest", descriptor.digest());
        json.writeNumberField("size", descriptor.size());
        texts(json, "annotations", descriptor.annotations());
        json.writeEndObject();
    }

    private static void texts(JsonGenerator json, String field, Map<String, String> texts) throws IOException {
        json.writeObjectFieldStart(field);
        for (Map.Entry<String, String> text : texts.entrySet()) {
            json.writeStringField(text.getKey(), text.getValue());
        }
        json.writeEndObject();
    }
}
