package dev.imaged.oci;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How an image is run and how it was made (OCI image-spec, config.md). Immutable and thread-safe. A text that is not
 * given is empty.
 *
 * @param created when the image was made, UTC, null when it is not known
 * @param author the person or organisation that made it
 * @param platform the platform that it runs on, as the document says it
 * @param config how it is run
 * @param rootFs the layers unpacked
 * @param history how each layer was made, from the lowest up
 */
public record ImageConfig(
        @Nullable Instant created,
        String author,
        Platform platform,
        ExecutionConfig config,
        RootFs rootFs,
        List<History> history) {
    public ImageConfig {
        history = List.copyOf(history);
    }

    /**
     * The layers unpacked.
     *
     * @param type how they make a file system, {@code layers}
     * @param diffIds the digests of their tars, not compressed, from the lowest up
     */
    public record RootFs(String type, List<String> diffIds) {
        public RootFs {
            diffIds = List.copyOf(diffIds);
        }
    }

    /**
     * How a layer was made.
     *
     * @param created when, UTC, null when it is not known
     * @param createdBy by what command
     * @param author by whom
     * @param comment a comment by its author
     * @param emptyLayer whether nothing in the file system changed, so that the image has no layer for it
     */
    public record History(
            @Nullable Instant created, String createdBy, String author, String comment, boolean emptyLayer) {}
}
