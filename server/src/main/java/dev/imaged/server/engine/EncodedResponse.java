package dev.imaged.server.engine;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.UnsafeByteOperations;
import dev.imaged.errors.ImageException;
import dev.imaged.proto.images.v1.ListImagesResponse;
import java.util.Arrays;

/**
 * Puts encoded images into an encoded response. Every response of the Images API that holds images holds them in its
 * field 1, so a response is the images in a row, each with that field's tag and its length before it. Not thread-safe.
 */
public final class EncodedResponse {
    /** The largest message that a server of this API sends. */
    public static final int MAX_BYTES = 16 * 1024 * 1024;

    private static final int IMAGE_FIELD = ListImagesResponse.IMAGES_FIELD_NUMBER;
    private static final int FIRST_CAPACITY = 4096;

    private byte[] bytes = new byte[FIRST_CAPACITY];
    private int length;

    /** Returns the response that holds one image. */
    public static ByteString of(ByteString image) {
        byte[] header = new byte
                [CodedOutputStream.computeTagSize(IMAGE_FIELD)
                        + CodedOutputStream.computeUInt32SizeNoTag(image.size())];
        writeHeader(header, 0, image.size());
        return UnsafeByteOperations.unsafeWrap(header).concat(image);
    }

    /**
     * Appends an image.
     *
     * @throws ImageException.ResourceExhausted when the response would exceed {@value #MAX_BYTES} bytes
     */
    public void add(byte[] image, int offset, int size) {
        int headerSize = CodedOutputStream.computeTagSize(IMAGE_FIELD) + CodedOutputStream.computeUInt32SizeNoTag(size);
        long needed = (long) length + headerSize + size;
        if (needed > MAX_BYTES) {
            throw new ImageException.ResourceExhausted(
                    "grpc: trying to send message larger than max (at least " + needed + " vs. " + MAX_BYTES
                            + "): list fewer images with a filter",
                    null);
        }
        if (needed > bytes.length) {
            bytes = Arrays.copyOf(bytes, (int) Math.min(MAX_BYTES, Math.max(needed, 2L * bytes.length)));
        }
        writeHeader(bytes, length, size);
        System.arraycopy(image, offset, bytes, length + headerSize, size);
        length = (int) needed;
    }

    /** Returns the response. Nothing may be added afterwards. */
    public ByteString build() {
        return UnsafeByteOperations.unsafeWrap(bytes, 0, length);
    }

    private static void writeHeader(byte[] to, int offset, int size) {
        CodedOutputStream out = CodedOutputStream.newInstance(to, offset, to.length - offset);
        try {
            out.writeTag(IMAGE_FIELD, 2);
            out.writeUInt32NoTag(size);
        } catch (java.io.IOException e) {
            throw new AssertionError("an array has the capacity that was computed", e);
        }
    }
}
