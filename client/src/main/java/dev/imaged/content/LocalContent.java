package dev.imaged.content;

import dev.imaged.errors.ImageException.InvalidArgument;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Opens content on the disk, whatever its form. */
public final class LocalContent {
    private LocalContent() {}

    /**
     * Opens a folder, which is an OCI image layout or else has the blobs in {@code blobs/ALGORITHM/HEX}, or an archive as
     * {@link #archive} does.
     *
     * @throws InvalidArgument when it is none of that, or broken
     * @throws IOException when there is no such file, or it cannot be read
     */
    public static ContentProvider open(Path path) throws IOException {
        boolean layout = Files.exists(path.resolve(OciLayout.LAYOUT_FILE));
        return Files.isDirectory(path) && !layout ? BlobsFolder.open(path) : archive(path);
    }

    /**
     * Opens content that names its images: an OCI image layout in a folder or a tar, or a tar as {@code docker save}
     * writes it. A tar that is both counts as a layout.
     *
     * @throws InvalidArgument when it is none of that, or broken
     * @throws IOException when there is no such file, or it cannot be read
     */
    public static ImageArchive archive(Path path) throws IOException {
        if (Files.isDirectory(path)) {
            return OciLayout.open(path);
        }
        TarFiles files = TarFiles.open(path);
        boolean docker = files.find(OciLayout.LAYOUT_FILE) == null && files.find(DockerArchive.MANIFEST_FILE) != null;
        return docker ? new DockerArchive(files) : new OciLayout(files);
    }
}
