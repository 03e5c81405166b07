package dev.imaged.server.cli;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.imaged.images.Applied;
import dev.imaged.images.Change;
import dev.imaged.images.VersionedImage;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What a command that changes several images prints: a row for each image, or {@code {"position", "replayed", "results": [{"name",
 * "kind", "revision", "image"}]}}. A kind is {@code create}, {@code update}, {@code delete} or {@code none}; the image is null where there
 * is none, and its revision 0.
 */
final class AppliedOutput {
    private AppliedOutput() {}

    static void print(PrintWriter out, OutputOption output, Applied applied) {
        if (output.json()) {
            ImageJson.print(out, json -> write(json, applied));
            return;
        }
        Table table = new Table("CHANGE", "NAME", "DIGEST", "REVISION");
        for (Applied.Result result : applied.results()) {
            VersionedImage image = result.image();
            table.row(
                    kind(result.kind()),
                    result.name(),
                    image == null ? "-" : image.image().target().digest(),
                    image == null ? "-" : Long.toString(image.revision()));
        }
        table.print(out);
    }

    private static void write(JsonGenerator json, Applied applied) throws IOException {
        json.writeStartObject();
        json.writeStringField("position", applied.position().toString());
        json.writeBooleanField("replayed", applied.replayed());
        json.writeFieldName("results");
        ImageJson.array(json, applied.results(), AppliedOutput::write);
        json.writeEndObject();
    }

    private static void write(JsonGenerator json, Applied.Result result) throws IOException {
        VersionedImage image = result.image();
        json.writeStartObject();
        json.writeStringField("name", result.name());
        json.writeStringField("kind", kind(result.kind()));
        json.writeNumberField("revision", image == null ? 0 : image.revision());
        json.writeFieldName("image");
        if (image == null) {
            json.writeNull();
        } else {
            ImageJson.image(json, image.image());
        }
        json.writeEndObject();
    }

    private static String kind(Change.@Nullable Kind kind) {
        return kind == null ? "none" : kind.name().toLowerCase(Locale.ROOT);
    }
}
