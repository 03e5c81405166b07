package dev.imaged.content;

import dev.imaged.errors.ImageException.InvalidArgument;
import dev.imaged.errors.ImageException.NotFound;
import dev.imaged.oci.Descriptor;
import dev.imaged.oci.Digest;
import dev.imaged.oci.MediaType;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;

/**
 * An OCI image layout (OCI image-spec, image-layout.md): content with an index, in a folder or in a tar that is not
 * compressed, which is read without unpacking it.
 *
 * <p>Nothing in it is trusted: documents are read strictly, blobs are compared with size and digest of their
 * descriptors. A document is at most {@value #MAX_DOCUMENT_BYTES} bytes. Files that change while the layout is open
 * fail a comparison at worst.
 *
 * <p>Thread-safe. Interrupting a thread that reads from a tar closes the tar for all ({@link
 * java.nio.channels.ClosedByInterruptException}). Every call that reads throws {@link IOException} when the disk fails.
 */
public final class OciLayout implements AutoCloseable {
    /** The largest index or manifest, in bytes, that is read. */
    public static final int MAX_DOCUMENT_BYTES = 8 * 1024 * 1024;

    private static final String LAYOUT_FILE = "oci-layout";
    private static final String INDEX_FILE = "index.json";
    private static final String LAYOUT_VERSION = "1.0.0";

    private final LayoutFiles files;
    private final List<Descriptor> manifests;

    private OciLayout(LayoutFiles files) throws IOException {
        this.files = files;
        requireVersion();
        this.manifests = ManifestReader.children(files.describe(INDEX_FILE), document(INDEX_FILE), MediaType.OCI_INDEX);
    }

    /**
     * Opens a layout and reads its index.
     *
     * @param layout a folder, or a tar
     * @throws InvalidArgument when it is no layout of version {@value #LAYOUT_VERSION}, or its index is broken: the
     *     message names the file and, as a JSON pointer, the place
     * @throws IOException when there is no such file, or it cannot be read
     */
    public static OciLayout open(Path layout) throws IOException {
        LayoutFiles files = Files.isDirectory(layout) ? new FolderFiles(layout) : TarFiles.open(layout);
        try {
            return new OciLayout(files);
        } catch (IOException | RuntimeException e) {
            files.close();
            throw e;
        }
    }

    /** Returns what {@code index.json} lists, in its order and with the annotations. */
    public List<Descriptor> manifests() {
        return manifests;
    }

    /**
     * Opens a blob. Its bytes are hashed as they are read: the read that meets the end throws {@link InvalidArgument}
     * when the digest is another. The caller closes the stream.
     *
     * @throws NotFound when the layout does not have the blob
     * @throws InvalidArgument when the blob has another size, or the descriptor's digest is none
     */
    public InputStream open(Descriptor blob) throws IOException {
        String file = file(blob);
        if (!isPresent(blob)) {
            throw new NotFound(files.describe(file));
        }
        return new VerifyingStream(files.describe(file), Digest.parse(blob.digest()), files.open(file));
    }

    /**
     * Reads a blob to its end and drops it, to know that it is whole; the same errors as {@link #open(Descriptor)}.
     *
     * @throws InvalidArgument when its digest is another
     */
    public void verify(Descriptor blob) throws IOException {
        try (InputStream in = open(blob)) {
            in.transferTo(OutputStream.nullOutputStream());
        }
    }

    /**
     * Reads a small blob; the same errors as {@link #verify}.
     *
     * @throws InvalidArgument when it has more than {@value #MAX_DOCUMENT_BYTES} bytes
     */
    public byte[] read(Descriptor blob) throws IOException {
        requireDocumentSize(file(blob), blob.size());
        try (InputStream in = open(blob)) {
            return in.readAllBytes();
        }
    }

    /**
     * Checks the content under a target and returns what of it is missing, which is no error: a layout may hold only
     * some platforms of an index. The target itself has to be there. Every index and manifest that is found is verified
     * and read; of configs and layers only the size is compared.
     *
     * @throws NotFound when the target is not there
     * @throws InvalidArgument when a blob has another size or digest than its descriptor says, or a document is not of
     *     the media type that its descriptor says; the message names the blob and, as a JSON pointer, the place
     */
    public List<Descriptor> check(Descriptor target) throws IOException {
        verify(target);
        List<Descriptor> missing = new ArrayList<>();
        Set<Descriptor> seen = new HashSet<>();
        // A queue, as a hostile layout nests indexes deeper than a stack.
        Deque<Descriptor> queue = new ArrayDeque<>(List.of(target));
        while (!queue.isEmpty()) {
            Descriptor blob = queue.remove();
            if (!seen.add(blob.withAnnotations(Map.of()))) {
                continue;
            }
            if (isPresent(blob)) {
                queue.addAll(children(blob));
            } else {
                missing.add(blob);
            }
        }
        return missing;
    }

    /** Closes the tar; streams that are still open fail. */
    @Override
    public void close() throws IOException {
        files.close();
    }

    private List<Descriptor> children(Descriptor blob) throws IOException {
        if (!MediaType.isIndex(blob.mediaType()) && !MediaType.isManifest(blob.mediaType())) {
            return List.of();
        }
        return ManifestReader.children(files.describe(file(blob)), read(blob), blob.mediaType());
    }

    private boolean isPresent(Descriptor blob) throws IOException {
        String file = file(blob);
        OptionalLong size = files.size(file);
        if (size.isPresent() && size.getAsLong() != blob.size()) {
            throw new InvalidArgument(
                    files.describe(file) + ": has " + size.getAsLong() + " bytes instead of " + blob.size());
        }
        return size.isPresent();
    }

    /** A digest that was parsed has no slash: the path stays in the layout. */
    private static String file(Descriptor blob) {
        Digest digest = Digest.parse(blob.digest());
        return "blobs/" + digest.algorithm() + "/" + digest.encoded();
    }

    private void requireVersion() throws IOException {
        String file = files.describe(LAYOUT_FILE);
        StrictJson.read(file, document(LAYOUT_FILE), json -> {
            List<String> versions = new ArrayList<>();
            json.object(key -> {
                if (key.equals("imageLayoutVersion")) {
                    versions.add(json.text());
                }
            });
            if (!versions.equals(List.of(LAYOUT_VERSION))) {
                throw json.invalid("imageLayoutVersion must be " + LAYOUT_VERSION + ", is " + versions);
            }
            return versions;
        });
    }

    private byte[] document(String file) throws IOException {
        OptionalLong size = files.size(file);
        if (size.isEmpty()) {
            throw new InvalidArgument(files.describe(file) + ": is missing, so this is no OCI image layout");
        }
        requireDocumentSize(file, size.getAsLong());
        try (InputStream in = files.open(file)) {
            return in.readNBytes((int) size.getAsLong());
        }
    }

    private void requireDocumentSize(String file, long size) {
        if (size > MAX_DOCUMENT_BYTES) {
            throw new InvalidArgument(files.describe(file) + ": has " + size + " bytes, more than the "
                    + MAX_DOCUMENT_BYTES + " that are read");
        }
    }
}
