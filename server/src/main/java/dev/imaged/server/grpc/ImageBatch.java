package dev.imaged.server.grpc;

import dev.imaged.server.engine.NamespacedImage;
import java.util.ArrayList;
import java.util.List;

/** Images that travel in one message. Not thread-safe. */
final class ImageBatch {
    private static final int MAX_IMAGES = 256;

    /** Of more than one image; one alone may be as large as an image can be. */
    private static final long MAX_BYTES = 1024 * 1024;

    private List<dev.imaged.proto.v1.NamespacedImage> images = new ArrayList<>();
    private long bytes;

    /** Adds an image if there is room; there is in an empty batch. */
    boolean add(NamespacedImage image) {
        dev.imaged.proto.v1.NamespacedImage proto = MaintenanceProtos.toProto(image);
        long size = proto.getSerializedSize();
        if (!images.isEmpty() && (images.size() == MAX_IMAGES || bytes + size > MAX_BYTES)) {
            return false;
        }
        images.add(proto);
        bytes += size;
        return true;
    }

    /** Returns the images and is empty afterwards. */
    List<dev.imaged.proto.v1.NamespacedImage> take() {
        List<dev.imaged.proto.v1.NamespacedImage> taken = images;
        images = new ArrayList<>();
        bytes = 0;
        return taken;
    }
}
