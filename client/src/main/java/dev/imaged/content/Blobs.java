package dev.imaged.content;

import dev.imaged.errors.ImageException.InvalidArgument;
import dev.imaged.errors.ImageException.NotFound;
import dev.imaged.oci.Descriptor;
import dev.imaged.oci.Digest;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Base64;

/**
 * Reads blobs whole and compares them with the size and the digest of their descriptors, so that it does not matter where
 * they come from. Every error names the digest. Thread-safe.
 */
public final class Blobs {
    /** The largest index, manifest or config, in bytes, that is read. */
    public static final int MAX_DOCUMENT_BYTES = 8 * 1024 * 1024;

    private Blobs() {}

    /**
     * Reads a small blob, from the descriptor itself when that has it embedded (OCI image-spec, descriptor.md, "Embedded
     * Content").
     *
     * @throws NotFound when the source does not have it
     * @throws InvalidArgument when it has more than {@value #MAX_DOCUMENT_BYTES} bytes, which is found out before it is
     *     read, or another size or digest than the descriptor says
     * @throws IOException when the source cannot be read
     */
    public static byte[] read(ContentProvider provider, Descriptor blob) throws IOException {
        if (blob.size() > MAX_DOCUMENT_BYTES) {
            throw new InvalidArgument(blob.digest() + ": has " + blob.size() + " bytes, more than the "
                    + MAX_DOCUMENT_BYTES + " that are read");
        }
        try (InputStream in = blob.data().isEmpty() ? open(provider, blob) : open(embedded(blob), blob)) {
            return in.readAllBytes();
        }
    }

    /**
     * Opens a blob; the caller closes the stream. The bytes are hashed as they are read: the read that meets the end throws
     * {@link InvalidArgument} when the digest is another.
     *
     * @throws NotFound when the source does not have it
     * @throws InvalidArgument when it has another size than the descriptor says, or the descriptor's digest is none
     * @throws IOException when the source cannot be read
     */
    public static InputStream open(ContentProvider provider, Descriptor blob) throws IOException {
        return open(provider.open(blob), blob);
    }

    /** Reads a blob to its end and drops it, to know that it is whole; the same errors as {@link #open}. */
    public static void verify(ContentProvider provider, Descriptor blob) throws IOException {
        try (InputStream in = open(provider, blob)) {
            in.transferTo(OutputStream.nullOutputStream());
        }
    }

    /**
     * Whether the source has a blob, which is not read.
     *
     * @throws InvalidArgument when it has another size than the descriptor says, or the descriptor's digest is none
     * @throws IOException when the source cannot be read
     */
    public static boolean isPresent(ContentProvider provider, Descriptor blob) throws IOException {
        try (ContentReader reader = provider.open(blob)) {
            requireSize(reader, blob);
            return true;
        } catch (NotFound e) {
            return false;
        }
    }

    private static InputStream open(ContentReader reader, Descriptor blob) throws IOException {
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

    private static ContentReader embedded(Descriptor blob) {
        try {
            return new BytesReader(Base64.getDecoder().decode(blob.data()));
        } catch (IllegalArgumentException e) {
            throw new InvalidArgument(
                    blob.digest() + ": the descriptor's data is no base64: " + e.getMessage() + ": invalid argument",
                    e);
        }
    }
}
