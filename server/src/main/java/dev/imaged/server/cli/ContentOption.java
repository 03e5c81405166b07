package dev.imaged.server.cli;

import dev.imaged.content.Documents;
import dev.imaged.remote.RemoteImageStores;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The option that says where the content of images is. */
final class ContentOption {
    private static final String SOCKET = "unix:";

    @Option(
            names = "--content",
            paramLabel = "SOURCE",
            converter = SourceConverter.class,
            description =
                    "Where the content is: an OCI image layout (folder or archive), an archive of docker save, a folder with "
                            + "blobs/ALGORITHM/HEX such as containerd's content store, or unix:///PATH of a daemon that serves it.")
    private @Nullable Source source;

    /**
     * A place of content.
     *
     * @param path the path of a folder or file, null for an address
     */
    private record Source(String text, @Nullable Path path) {}

    private static final class SourceConverter implements ITypeConverter<Source> {
        @Override
        public Source convert(String text) {
            return new Source(text, text.startsWith(SOCKET) ? null : new PathConverter().convert(text));
        }
    }

    @Mixin
    private UnpackOptions unpack = new UnpackOptions();

    /** An action on the content. */
    interface Action<T> {
        T apply(Documents documents) throws IOException;
    }

    boolean isGiven() {
        return source != null;
    }

    /** Calls an action with the content. Content from a socket is that of the connection's namespace. */
    <T> T call(ConnectOptions connection, Action<T> action) throws IOException {
        if (source == null) {
            throw new IllegalStateException("--content is not given");
        } else if (source.path() != null) {
            return action.apply(Documents.of(unpack.content(source.path())));
        }
        try (RemoteImageStores daemon = connection.connect("--content", source.text())) {
            return action.apply(Documents.of(daemon.content(connection.namespace())));
        }
    }
}
