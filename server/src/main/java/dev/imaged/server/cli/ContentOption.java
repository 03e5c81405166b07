package dev.imaged.server.cli;

import dev.imaged.content.ContentProvider;
import dev.imaged.content.LocalContent;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Where the content of images is read from. */
final class ContentOption {
    @Option(
            names = "--content",
            paramLabel = "SOURCE",
            description =
                    "Where the content is: an OCI image layout (folder or tar), a tar of docker save, or a folder with "
                            + "blobs/ALGORITHM/HEX such as containerd's content store.")
    private @Nullable Path source;

    boolean isGiven() {
        return source != null;
    }

    /** Opens the content. */
    ContentProvider open() throws IOException {
        if (source == null) {
            throw new IllegalStateException("--content is not given");
        }
        return LocalContent.open(source);
    }
}
