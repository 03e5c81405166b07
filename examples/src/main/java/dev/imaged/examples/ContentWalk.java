package dev.imaged.examples;

import dev.imaged.content.Blobs;
import dev.imaged.content.ContentProvider;
import dev.imaged.content.Documents;
import dev.imaged.content.LocalContent;
import dev.imaged.images.Handler;
import dev.imaged.images.Handlers;
import dev.imaged.images.ImageStores;
import dev.imaged.images.SkipDescriptor;
import dev.imaged.images.Walk;
import dev.imaged.oci.Descriptor;
import dev.imaged.remote.RemoteImageStores;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;

/**
 * Prints all that an image consists of, on every platform, each blob once: {@code ContentWalk
 * unix:///run/imaged/imaged.sock default docker.io/library/app:v1 /srv/layout}.
 */
public final class ContentWalk {
    private final ContentProvider content;

    public ContentWalk(ContentProvider content) {
        this.content = content;
    }

    public static void main(String[] args) throws IOException {
        try (ImageStores stores = RemoteImageStores.connect(args[0])) {
            Descriptor target = stores.namespace(args[1]).get(args[2]).target();
            new ContentWalk(LocalContent.open(Path.of(args[3]))).print(target, System.out::println);
        }
    }

    /** Gives a line for each blob under a target, parents before children. */
    public void print(Descriptor target, Consumer<String> lines) throws IOException {
        Handler line = blob -> {
            boolean present = Blobs.isPresent(content, blob);
            lines.accept(blob.digest() + " " + blob.size() + " " + blob.mediaType() + (present ? "" : " (missing)"));
            if (!present) {
                throw new SkipDescriptor(); // what comes under it is unknown
            }
            return List.of();
        };
        Walk.walk(Handlers.sequence(Handlers.unseen(), line, Handlers.children(Documents.of(content))), target);
    }
}
