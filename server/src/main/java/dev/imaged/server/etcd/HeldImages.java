package dev.imaged.server.etcd;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The images that transactions in flight change, by their keys, and what waits for the end of these. For one thread.
 *
 * @param <W> what waits
 */
final class HeldImages<W> {
    private final Map<ByteBuffer, Queue<W>> held = new HashMap<>();

    /** Returns one of the images that is held, null when all are free. */
    @Nullable
    ByteBuffer firstOf(Set<ByteBuffer> images) {
        return images.stream().filter(held::containsKey).findFirst().orElse(null);
    }

    /** Queues what waits for an image; returns false when the image is not held. */
    boolean await(ByteBuffer image, W waiting) {
        Queue<W> others = held.get(image);
        return others != null && others.add(waiting);
    }

    /** Holds images that are free. */
    void hold(Set<ByteBuffer> images) {
        images.forEach(image -> held.put(image, new ArrayDeque<>()));
    }

    /** Gives images back, and returns what waits for them, in order. */
    List<W> release(Set<ByteBuffer> images) {
        List<W> waiting = new ArrayList<>();
        for (ByteBuffer image : images) {
            Queue<W> others = held.remove(image);
            if (others != null) {
                waiting.addAll(others);
            }
        }
        return waiting;
    }
}
