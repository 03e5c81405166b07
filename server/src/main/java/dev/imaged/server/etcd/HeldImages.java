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
 * The images that transactions on their way change, by their keys, and those who wait for the end of these. For one thread.
 *
 * @param <W> who waits
 */
final class HeldImages<W> {
    private final Map<ByteBuffer, Queue<W>> held = new HashMap<>();

    /** Returns one of the images that is held, null when none is. */
    @Nullable
    ByteBuffer firstOf(Set<ByteBuffer> images) {
        return images.stream().filter(held::containsKey).findFirst().orElse(null);
    }

    /** Has somebody wait for an image; returns false when nobody holds it. */
    boolean await(ByteBuffer image, W waiting) {
        Queue<W> others = held.get(image);
        return others != null && others.add(waiting);
    }

    /** Holds images that nobody else does. */
    void hold(Set<ByteBuffer> images) {
        images.forEach(image -> held.put(image, new ArrayDeque<>()));
    }

    /** Gives images back, and returns those who wait for them, in their order. */
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
