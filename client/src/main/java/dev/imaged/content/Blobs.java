package dev.imaged.content;

import dev.imaged.errors.ImageException.InvalidArgument;
import dev.imaged.errors.ImageException.NotFound;
import dev.imaged.oci.Descriptor;
import dev.imaged.oci.Digest;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import org.jspecify.annotations.Nullable;

/**
 * Finds blobs and compares them with the size and the digest of their descriptors, so that their source need not be
 * trusted. A blob is in its descriptor (OCI image-spec, descriptor.md, "Embedded Content") or else at the source. Data
 * of a descriptor that does not match its digest does not count. Every error names the digest. Thread-safe.
 */
public final class Blobs {
    /** The size in bytes of the largest index, manifest or config that is read. */
    public static final int MAX_DOCUMENT_BYTES = 8 * 1024 * 1024;

    private Blobs() {}

    /**
     * Reads a small blob.
     *
     * @throws NotFound when there is no such blob
     * @throws InvalidArgument when it has more than {@value #MAX_DOCUMENT_BYTES} bytes, which is checked before it is
     *     read, or another size or digest than the descriptor says
     * @throws IOException when the source cannot be read
     */
    public static byte[] read(ContentProvider provider, Descriptor blob) throws IOException {
        if (blob.size() > MAX_DOCUMENT_BYTES) {
            throw new InvalidArgument(blob.digest() + ": has " + blob.size() + " bytes, more than the "
                    + MAX_DOCUMENT_BYTES + " that are read");
        }
        try (InputStream in = open(provider, blob)) {
            return in.readAllBytes();
        }
    }

    /**
     * Opens a blob; the caller closes the stream. The bytes are hashed as they are read: the read that reaches the end
     * throws {@link InvalidArgument} when the digest differs.
     *
     * @throws NotFound when there is no such blob
     * @throws InvalidArgument when it has another size than the descriptor says, the descriptor's digest is invalid, or
     *     the descriptor's data does not match the digest and the source does not have the blob
     * @throws IOException when the source cannot be read
     */
    public static InputStream open(ContentProvider provider, Descriptor blob) throws IOException {
        byte[] embedded = EmbeddedContent.find(blob);
        return embedded == null ? stream(openStored(provider, blob), blob) : new ByteArrayInputStream(embedded);
    }

    /** Reads a blob to its end, to know that it is whole, and drops the bytes. Throws the errors of {@link #open}. */
    public static void verify(ContentProvider provider, Descriptor blob) throws IOException {
        try (InputStream in = open(provider, blob)) {
            in.transferTo(OutputStream.nullOutputStream());
        }
    }

    /**
     * Whether there is a blob. The bytes at the source are not read.
     *
     * @throws InvalidArgument when it has another size than the descriptor says, or the descriptor's digest is invalid
     * @throws IOException when the source cannot be read
     */
    public static boolean isPresent(ContentProvider provider, Descriptor blob) throws IOException {
        if (EmbeddedContent.find(blob) != null) {
            return true;
        }
        try (ContentReader reader = provider.open(blob)) {
            requireSize(reader, blob);
            return true;
        } catch (NotFound e) {
            return false;
        }
    }

    /**
     * Returns what is wrong with the data that a descriptor carries, in words that follow its digest in a message. Null
     * means that the data has this digest, or that the descriptor carries no data.
     *
     * @throws InvalidArgument when there is data and the descriptor's digest is invalid
     */
    public static @Nullable String dataProblem(Descriptor blob) {
        return EmbeddedContent.problem(blob);
    }

    private static ContentReader openStored(ContentProvider provider, Descriptor blob) throws IOException {
        try {
            return provider.open(blob);
        } catch (NotFound e) {
            String problem = dataProblem(blob);
            if (problem == null) {
                throw e;
            }
            throw new InvalidArgument(blob.digest() + ": " + problem + ", and the source does not have the blob", e);
        }
    }

    private static InputStream stream(ContentReader reader, Descriptor blob) throws IOException {
        try {
            requireSize(reader, blob);
            return new VerifyingStream(blob.digest(), Digest.parse(blob.digest()), new ReaderStream(reader));
        } catch (RuntimeException e) {
            reader.close();
            throw e;
        }
    }

    private static void requireSize(ContentReader reader, Descriptor blob) {
        if (reader.size() != blob.size()) {
            throw new InvalidArgument(blob.digest() + ": has " + reader.size() + " bytes instead of " + blob.size());
        }
    }
}
