package dev.imaged.server.store;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.imaged.errors.ImageException;
import dev.imaged.errors.ImageException.DataLoss;
import dev.imaged.errors.ImageException.ResourceExhausted;
import dev.imaged.images.TransactionPlan.Past;
import dev.imaged.internal.wire.ImageProtos;
import dev.imaged.proto.images.v1.Image;
import dev.imaged.server.engine.EncodedResponse;
import java.util.ArrayList;
import java.util.List;

/** What names were once: only so many bytes of it. For one thread. */
final class PastReading {
    /** What a name holds in memory besides its texts. */
    private static final long NAME_BYTES = 1024;

    private static final long MAX_BYTES = EncodedResponse.MAX_BYTES;

    private final List<Past> images = new ArrayList<>();
    private long bytes;
    private long imageBytes;

    /**
     * Adds what a name was.
     *
     * @param image an encoded image, empty when there was none
     * @throws ResourceExhausted when the request reads too much
     * @throws DataLoss when the image cannot be decoded
     */
    void add(String name, ByteString image) {
        bytes += NAME_BYTES + name.length() + image.size();
        imageBytes += image.size();
        if (imageBytes > MAX_BYTES) {
            throw ResourceExhausted.tooLarge(
                    "the images of the past take more than " + MAX_BYTES + " bytes: go back with fewer of them at once",
                    null);
        }
        try {
            images.add(new Past(name, image.isEmpty() ? null : ImageProtos.fromProto(Image.parseFrom(image))));
        } catch (InvalidProtocolBufferException | ImageException.Internal e) { // Internal: a time out of range
            throw new DataLoss("a stored image cannot be decoded: " + e.getMessage(), e);
        }
    }

    /** Returns what each name was, in the order in which they were added. */
    List<Past> images() {
        return images;
    }

    /** Returns about how much memory that holds. */
    long bytes() {
        return bytes;
    }
}
