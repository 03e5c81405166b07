package dev.imaged.content;

import dev.imaged.errors.ImageException.NotFound;
import dev.imaged.oci.Descriptor;
import dev.imaged.oci.Digest;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.Map;

/** The blobs in files {@code blobs/ALGORITHM/HEX} (OCI image-spec, image-layout.md, "Blobs"). Thread-safe. */
record BlobFiles(LayoutFiles files) implements ContentProvider, InfoProvider {
    @Override
    public ContentReader open(Descriptor blob) throws IOException {
        try {
            return find(blob.digest()).open();
        } catch (NoSuchFileException e) { // removed in between, for example by garbage collection
            throw new NotFound("content " + blob.digest() + " in " + e.getFile(), e);
        }
    }

    /** Returns the facts of the file system. Both times are when the file was last written, and there are no labels. */
    @Override
    public ContentInfo info(String digest) throws IOException {
        FileExtent extent = find(digest);
        return new ContentInfo(digest, extent.size(), extent.modified(), extent.modified(), Map.of());
    }

    private FileExtent find(String text) throws IOException {
        // A digest that was parsed has no slash: the path stays among the blobs.
        Digest digest = Digest.parse(text);
        String path = "blobs/" + digest.algorithm() + "/" + digest.encoded();
        FileExtent extent = files.find(path);
        if (extent == null) {
            String obstacle = files.obstacle(path);
            throw new NotFound("content " + text + " in " + files.describe(path)
                    + (obstacle == null ? "" : ", which " + obstacle));
        }
        return extent;
    }
}
