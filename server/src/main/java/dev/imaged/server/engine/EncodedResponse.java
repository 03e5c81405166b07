package dev.imaged.server.engine;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.UnsafeByteOperations;
import dev.imaged.proto.images.v1.ListImagesResponse;
import java.io.IOException;
import java.util.List;

/**
 * Puts encoded images into an encoded response. Every response of the Images API that holds images holds them in its
 * field 1, so a response is the images in a row, each with that field's tag and its length before it. Not thread-safe.
 */
public final class EncodedResponse {
    /** The largest message that a server of this API sends. */
    public static final int MAX_BYTES = 16 * 1024 * 1024;

    private static final int IMAGE_FIELD = ListImagesResponse.IMAGES_FIELD_NUMBER;
    private static final int FIRST_CHUNK = 16 * 1024;

    /** Grows by further chunks: nothing is copied, and no array is large enough to burden the garbage collector. */
    private final ByteString.Output bytes = ByteString.newOutput(FIRST_CHUNK);

    private final CodedOutputStream out = CodedOutputStream.newInstance(bytes);

    /** Returns the response that holds one image. */
    public static ByteString of(ByteString image) {
        byte[] response = new byte[CodedOutputStream.computeBytesSize(IMAGE_FIELD, image)];
        try {
            CodedOutputStream.newInstance(response).writeBytes(IMAGE_FIELD, image);
        } catch (IOException e) {
            throw new AssertionError("an array has the size that was computed", e);
        }
        return UnsafeByteOperations.unsafeWrap(response);
    }

    /**
     * Returns the response that holds the images of others.
     *
     * @throws ResponseTooLargeException when it would exceed {@value #MAX_BYTES} bytes
     */
    public static ByteString of(List<ByteString> responses) {
        requireSendable(responses.stream().mapToLong(ByteString::size).sum());
        return ByteString.copyFrom(responses); // a rope: nothing is copied
    }

    /** Appends an image; see {@link #add(byte[], int, int)}. */
    public void add(ByteString image) {
        requireSendable(needed(image.size()));
        try {
            out.writeBytes(IMAGE_FIELD, image);
        } catch (IOException e) {
            throw new AssertionError("memory has no I/O errors", e);
        }
    }

    /**
     * Appends an image.
     *
     * @throws ResponseTooLargeException when the response would exceed {@value #MAX_BYTES} bytes
     */
    public void add(byte[] image, int offset, int size) {
        requireSendable(needed(size));
        try {
            out.writeByteArray(IMAGE_FIELD, image, offset, size);
        } catch (IOException e) {
            throw new AssertionError("memory has no I/O errors", e);
        }
    }

    private long needed(int imageSize) {
        return out.getTotalBytesWritten() + entryBytes(imageSize);
    }

    /** Returns how many bytes an image of a size takes in a response. */
    public static long entryBytes(int imageSize) {
        return CodedOutputStream.computeTagSize(IMAGE_FIELD)
                + CodedOutputStream.computeUInt32SizeNoTag(imageSize)
                + (long) imageSize;
    }

    /**
     * Writes an image as it stands in a response, for those who know how large that will be.
     *
     * @param response the array that takes it
     * @param at where in the array
     * @return where it ends in the array
     */
    public static int write(byte[] response, int at, byte[] image, int offset, int size) {
        CodedOutputStream out = CodedOutputStream.newInstance(response, at, response.length - at);
        try {
            out.writeByteArray(IMAGE_FIELD, image, offset, size);
        } catch (IOException e) {
            throw new AssertionError("an array has the size that was computed", e);
        }
        return response.length - out.spaceLeft();
    }

    /**
     * Checks that a response of a size may be sent.
     *
     * @throws ResponseTooLargeException when it would exceed {@value #MAX_BYTES} bytes
     */
    public static void requireSendable(long needed) {
        if (needed > MAX_BYTES) {
            throw new ResponseTooLargeException(needed, MAX_BYTES);
        }
    }

    /** Returns how many bytes the response has so far. */
    public int size() {
        return out.getTotalBytesWritten();
    }

    /** Returns the response. Nothing may be added afterwards. */
    public ByteString build() {
        try {
            out.flush();
        } catch (IOException e) {
            throw new AssertionError("memory has no I/O errors", e);
        }
        return bytes.toByteString();
    }
}
