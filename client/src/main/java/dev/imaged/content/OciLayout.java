package dev.imaged.content;

import dev.imaged.errors.ImageException.InvalidArgument;
import dev.imaged.errors.ImageException.ResourceExhausted;
import dev.imaged.internal.text.Excerpt;
import dev.imaged.oci.Descriptor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * An OCI image layout (OCI image-spec, image-layout.md): content with an index, in a folder or in a tar. Images without
 * a name get the names that {@code manifest.json} has for them, if the layout has this file. Thread-safe.
 */
public final class OciLayout implements ImageArchive, InfoProvider {
    static final String LAYOUT_FILE = "oci-layout";
    static final String INDEX_FILE = "index.json";
    private static final String LAYOUT_VERSION = "1.0.0";
    private static final JsonKeys LAYOUT_KEYS = JsonKeys.of("imageLayoutVersion");

    private final LayoutFiles files;
    private final BlobFiles blobs;
    private final List<Descriptor> manifests;
    private final List<Problem> problems = new ArrayList<>();

    OciLayout(LayoutFiles files) throws IOException {
        this.files = files;
        this.blobs = new BlobFiles(files);
        requireVersion();
        this.manifests = named(DocumentParser.index(files.describe(INDEX_FILE), document(INDEX_FILE))
                .manifests());
    }

    private List<Descriptor> named(List<Descriptor> images) throws IOException {
        try {
            return RepoTags.name(images, files, Documents.of(blobs));
        } catch (InvalidArgument e) {
            problems.add(new Problem(List.of(), e));
            return images;
        }
    }

    /**
     * Opens a layout and reads its index.
     *
     * @param layout a folder, or a tar, which is unpacked when it is compressed
     * @throws InvalidArgument when it is not a layout of version {@value #LAYOUT_VERSION}, or its index is broken or has more
     *     than {@link Blobs#MAX_DOCUMENT_BYTES} bytes: the message names the file and, as a JSON pointer, the place
     * @throws ResourceExhausted when it unpacks to more than {@link UnpackLimits#DEFAULT}
     * @throws IOException when there is no such file, or it cannot be read
     */
    public static OciLayout open(Path layout) throws IOException {
        return LocalContent.open(LocalContent.files(layout, UnpackLimits.DEFAULT), OciLayout::new);
    }

    /**
     * Returns the images that {@code index.json} lists. An image without a name comes once for each of its names in
     * {@code manifest.json}.
     */
    @Override
    public List<Descriptor> manifests() {
        return manifests;
    }

    @Override
    public List<Problem> problems() {
        return List.copyOf(problems);
    }

    @Override
    public ContentReader open(Descriptor blob) throws IOException {
        return blobs.open(blob);
    }

    /**
     * Returns the facts of the folder or the tar. Both times are when the blob was last written, and there are no labels.
     */
    @Override
    public ContentInfo info(String digest) throws IOException {
        return blobs.info(digest);
    }

    @Override
    public void close() throws IOException {
        files.close();
    }

    private void requireVersion() throws IOException {
        String file = files.describe(LAYOUT_FILE);
        StrictJson.read(file, document(LAYOUT_FILE), json -> {
            List<String> versions = new ArrayList<>();
            json.object(LAYOUT_KEYS, key -> versions.add(json.text()));
            if (!versions.equals(List.of(LAYOUT_VERSION))) {
                throw json.invalid(
                        "imageLayoutVersion must be " + LAYOUT_VERSION + ", is " + Excerpt.of(versions.toString()));
            }
            return versions;
        });
    }

    private byte[] document(String path) throws IOException {
        FileExtent extent = files.find(path);
        if (extent == null) {
            throw new InvalidArgument(files.describe(path) + ": is missing, so this is not an OCI image layout");
        }
        return extent.readDocument(files.describe(path));
    }
}
