package dev.imaged.examples;

import dev.imaged.content.ContentProvider;
import dev.imaged.content.Documents;
import dev.imaged.content.LocalContent;
import dev.imaged.errors.ImageException.InvalidArgument;
import dev.imaged.errors.ImageException.NotFound;
import dev.imaged.images.Image;
import dev.imaged.images.ImageStores;
import dev.imaged.oci.Platform;
import dev.imaged.oci.PlatformMatcher;
import dev.imaged.remote.RemoteImageStores;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Lists the images of a namespace with the size of each platform: {@code Lister unix:///run/imaged/imaged.sock default
 * /srv/layout}. The content is an OCI layout, an archive of {@code docker save}, or a folder of blobs.
 */
public final class Lister {
    private final Documents documents;

    /** @param content where the manifests and configs are */
    public Lister(ContentProvider content) {
        this.documents = Documents.of(content);
    }

    public static void main(String[] args) throws IOException {
        try (ImageStores stores = RemoteImageStores.connect(args[0])) {
            Lister lister = new Lister(LocalContent.open(Path.of(args[2])));
            for (Image image : stores.namespace(args[1]).list()) {
                System.out.println(image.name() + ": " + lister.describe(image));
            }
        }
    }

    /** Returns the platforms of an image and the size of each in bytes, or why they are unknown. */
    public String describe(Image image) throws IOException {
        try {
            List<String> sizes = new ArrayList<>();
            for (Platform platform : image.content(documents).platforms()) {
                long size =
                        image.content(documents, PlatformMatcher.only(platform)).size();
                sizes.add(platform.format() + " " + size);
            }
            return String.join(", ", sizes);
        } catch (NotFound | InvalidArgument e) { // not here, or broken: the other images count all the same
            return String.valueOf(e.getMessage());
        }
    }
}
