package dev.imaged.internal.wire;

import dev.imaged.maintenance.NamespacedImage;
import java.util.ArrayList;
import java.util.List;

/** The images of one message. Not thread-safe. */
public final class ImageBatch {
    private static final int MAX_IMAGES = 256;

    /** The limit for more than one image; a single image may have any size. */
    private static final long MAX_BYTES = 1024 * 1024;

    private List<dev.imaged.proto.v1.NamespacedImage> images = new ArrayList<>();
    private long bytes;

    /** Adds an image if there is room, and returns whether there was. An empty batch always has room. */
    public boolean add(NamespacedImage image) {
        dev.imaged.proto.v1.NamespacedImage proto = MaintenanceProtos.toProto(image);
        long size = proto.getSerializedSize();
        if (!images.isEmpty() && (images.size() == MAX_IMAGES || bytes + size > MAX_BYTES)) {
            return false;
        }
        images.add(proto);
        bytes += size;
        return true;
    }

    /** Returns the images and empties the batch. */
    public List<dev.imaged.proto.v1.NamespacedImage> take() {
        List<dev.imaged.proto.v1.NamespacedImage> taken = images;
        images = new ArrayList<>();
        bytes = 0;
        return taken;
    }
}
