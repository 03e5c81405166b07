package dev.imaged.server.cli;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.imaged.content.Documents;
import dev.imaged.errors.ImageException.InvalidArgument;
import dev.imaged.errors.ImageException.NotFound;
import dev.imaged.images.Image;
import dev.imaged.images.ImageContent;
import dev.imaged.oci.Platform;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * An image and what its content says of it.
 *
 * @param platforms what it has images for, null when that is not known
 * @param size the size of the image for this machine in bytes, null when there is none or it is not known
 */
record ImageSummary(
        Image image,
        @Nullable List<Platform> platforms,
        @Nullable Long size) {
    /**
     * Looks into the content of images; what cannot be said of one is no reason not to list it.
     *
     * @param warnings gets a line for each image of which nothing can be said
     */
    static List<ImageSummary> of(List<Image> images, Documents documents, Consumer<String> warnings)
            throws IOException {
        List<ImageSummary> summaries = new ArrayList<>();
        for (Image image : images) {
            try {
                ImageContent content = image.content(documents);
                summaries.add(new ImageSummary(image, content.platforms(), size(content)));
            } catch (NotFound | InvalidArgument e) {
                warnings.accept(image.name() + ": " + e.getMessage());
                summaries.add(new ImageSummary(image, null, null));
            }
        }
        return summaries;
    }

    /** An image for other machines only is nothing to warn of. */
    private static @Nullable Long size(ImageContent content) throws IOException {
        try {
            return content.size();
        } catch (NotFound e) {
            return null;
        }
    }

    static void table(PrintWriter out, List<ImageSummary> summaries) {
        Table table = new Table("NAME", "TYPE", "DIGEST", "SIZE", "PLATFORMS", "LABELS");
        summaries.forEach(summary -> table.row(
                summary.image.name(),
                summary.image.target().mediaType(),
                summary.image.target().digest(),
                summary.size == null ? "-" : ByteSize.format(summary.size),
                summary.platforms == null || summary.platforms.isEmpty() ? "-" : String.join(",", specifiers(summary)),
                OutputOption.labels(summary.image.labels())));
        table.print(out);
    }

    /** Writes an image with {@code platforms} and {@code size} besides; what is not known is null. */
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
