package dev.imaged.content;

import dev.imaged.errors.ImageException.InvalidArgument;
import dev.imaged.oci.Descriptor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A folder with the blobs {@code blobs/ALGORITHM/HEX}, such as containerd's content store ({@code
 * /var/lib/containerd/io.containerd.content.v1.content}). It is only read. Thread-safe.
 */
public final class BlobsFolder implements ContentProvider, InfoProvider {
    private final BlobFiles blobs;

    private BlobsFolder(Path folder) {
        this.blobs = new BlobFiles(new FolderFiles(folder));
    }

    /**
     * Opens a folder.
     *
     * @throws InvalidArgument when it has no folder {@code blobs}
     */
    public static BlobsFolder open(Path folder) {
        if (!Files.isDirectory(folder.resolve("blobs"))) {
            throw new InvalidArgument(folder + ": has no folder blobs");
        }
        return new BlobsFolder(folder);
    }

    @Override
    public ContentReader open(Descriptor blob) throws IOException {
        return blobs.open(blob);
    }

    /**
     * Returns the facts of the file system. Both times are when the blob was last written. Labels are kept elsewhere.
     */
    @Override
    public ContentInfo info(String digest) throws IOException {
        return blobs.info(digest);
    }
}
