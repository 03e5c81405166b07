package dev.imaged.content;

import dev.imaged.errors.ImageException.InvalidArgument;
import dev.imaged.errors.ImageException.ResourceExhausted;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Opens content on the disk in any of its forms. An archive is a tar. One that is compressed with gzip, zstd, xz or
 * bzip2 is unpacked into a temporary file first.
 *
 * <p>Every call throws {@link InvalidArgument} when the content has none of the forms or is broken, {@link
 * ResourceExhausted} when it exceeds a limit, and {@link IOException} when there is no such file, or it cannot be read.
 */
public final class LocalContent {
    private LocalContent() {}

    /** Opens content within the {@linkplain UnpackLimits#DEFAULT default limits}. */
    public static ContentProvider open(Path path) throws IOException {
        return open(path, UnpackLimits.DEFAULT);
    }

    /**
     * Opens what {@link #archive(Path, UnpackLimits)} opens, or a folder that has the blobs in {@code
     * blobs/ALGORITHM/HEX}.
     */
    public static ContentProvider open(Path path, UnpackLimits limits) throws IOException {
        boolean named = Files.exists(path.resolve(OciLayout.LAYOUT_FILE))
                || Files.exists(path.resolve(DockerImageEntry.MANIFEST_FILE));
        return Files.isDirectory(path) && !named ? BlobsFolder.open(path) : archive(path, limits);
    }

    /** Opens content that names its images within the {@linkplain UnpackLimits#DEFAULT default limits}. */
    public static ImageArchive archive(Path path) throws IOException {
        return archive(path, UnpackLimits.DEFAULT);
    }

    /**
     * Opens content that names its images: an OCI image layout, or the output of {@code docker save}, in a folder or an
     * archive. Content that is both counts as a layout, unless the layout lists no images.
     */
    public static ImageArchive archive(Path path, UnpackLimits limits) throws IOException {
        return open(files(path, limits), files -> archive(path.toString(), files));
    }

    /**
     * Opens an archive that comes from a stream, which is read to its end and not closed.
     *
     * @param name the name of the archive in messages
     */
    public static ImageArchive archive(String name, InputStream stream, UnpackLimits limits) throws IOException {
        return open(TarFiles.open(name, stream, limits), files -> archive(name, files));
    }

    private static ImageArchive archive(String name, LayoutFiles files) throws IOException {
        boolean docker = files.find(DockerImageEntry.MANIFEST_FILE) != null;
        if (files.find(OciLayout.LAYOUT_FILE) != null) {
            OciLayout layout = new OciLayout(files);
            return docker && layout.manifests().isEmpty() ? new DockerArchive(files) : layout;
        } else if (docker) {
            return new DockerArchive(files);
        }
        throw new InvalidArgument(name + ": is neither an OCI image layout nor what docker save writes: it has neither "
                + OciLayout.LAYOUT_FILE + " nor " + DockerImageEntry.MANIFEST_FILE);
    }

    static LayoutFiles files(Path path, UnpackLimits limits) throws IOException {
        return Files.isDirectory(path) ? new FolderFiles(path) : TarFiles.open(path, limits);
    }

    /** Opens content in files. */
    interface Form<T> {
        T of(LayoutFiles files) throws IOException;
    }

    /** Opens content in files, and closes the files when that fails. */
    static <T> T open(LayoutFiles files, Form<T> form) throws IOException {
        try {
            return form.of(files);
        } catch (IOException | RuntimeException | Error e) {
            files.close();
            throw e;
        }
    }
}
