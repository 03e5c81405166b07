package dev.imaged.bench;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * The content that each image of a server has now, so that any image can be updated and any can be listed by its digest.
 * Thread-safe. An update counts from when it is sent; where two updates of one image are under way at once, the server may apply
 * them in either order, and a list by that digest then finds nothing.
 */
final class Targets {
    private final AtomicLongArray contents;
    private final AtomicLong updates = new AtomicLong();

    /** Image {@code i} has content {@code i}. */
    Targets(int images) {
        contents = new AtomicLongArray(images);
        for (int i = 0; i < images; i++) {
            contents.setPlain(i, i);
        }
    }

    long content(int image) {
        return contents.get(image);
    }

    /** Gives an image a content that no image of the server ever had, and returns it. */
    long update(int image) {
        long content = -updates.incrementAndGet();
        contents.set(image, content);
        return content;
    }
}
