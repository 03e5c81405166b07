package dev.imaged.server.cli;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.imaged.content.Documents;
import dev.imaged.errors.ImageException.InvalidArgument;
import dev.imaged.errors.ImageException.NotFound;
import dev.imaged.images.Image;
import dev.imaged.images.ImageContent;
import dev.imaged.oci.Platform;
import java.io.IOException;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * An image, with facts from its content.
 *
 * @param platforms the platforms that it has images for, null when they are unknown
 * @param size the size of the image for this machine in bytes, null when there is no such image or its size is unknown
 */
record ImageSummary(
        Image image,
        @Nullable List<Platform> platforms,
        @Nullable Long size) {
    /**
     * Reads the content of an image. The image is listed even if its content cannot be read.
     *
     * @param warnings takes a line if the content cannot be read
     */
    static ImageSummary of(Image image, Documents documents, Consumer<String> warnings) throws IOException {
        try {
            ImageContent content = image.content(documents);
            return new ImageSummary(image, content.platforms(), size(content));
        } catch (NotFound | InvalidArgument e) {
            warnings.accept(image.name() + ": " + e.getMessage());
            return new ImageSummary(image, null, null);
        }
    }

    /** An image that is only for other machines has no size, which is not worth a warning. */
    private static @Nullable Long size(ImageContent content) throws IOException {
        try {
            return content.size();
        } catch (NotFound e) {
            return null;
        }
    }

    static Table table() {
        return new Table("NAME", "TYPE", "DIGEST", "SIZE", "PLATFORMS", "LABELS");
    }

    static void row(Table table, ImageSummary summary) {
        table.row(
                summary.image.name(),
                summary.image.target().mediaType(),
                summary.image.target().digest(),
                summary.size == null ? "-" : ByteSize.format(summary.size),
                summary.platforms == null || summary.platforms.isEmpty() ? "-" : String.join(",", specifiers(summary)),
                OutputOption.labels(summary.image.labels()));
    }

    /** Writes an image with the fields {@code platforms} and {@code size}, which are null when they are unknown. */
    static void json(JsonGenerator json, ImageSummary summary) throws IOException {
        json.writeStartObject();
        ImageJson.fields(json, summary.image);
        if (summary.platforms == null) {
            json.writeNullField("platforms");
        } else {
            json.writeFieldName("platforms");
            ImageJson.array(json, specifiers(summary), JsonGenerator::writeString);
        }
        if (summary.size == null) {
            json.writeNullField("size");
        } else {
            json.writeNumberField("size", summary.size);
        }
        json.writeEndObject();
    }

    private static List<String> specifiers(ImageSummary summary) {
        return summary.platforms == null
                ? List.of()
                : summary.platforms.stream().map(Platform::formatAll).collect(Collectors.toList());
    }
}
