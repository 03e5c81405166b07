package dev.imaged.server.etcd;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The images that transactions in flight change, by their keys, and what waits for the end of these. Only the first that waits for an image
 * gets its turn when the image is free, and the others stay in their order. For one thread.
 *
 * @param <W> what waits
 */
final class HeldImages<W> {
    private final Map<ByteBuffer, Queue<W>> held = new HashMap<>();
    private final BiConsumer<ByteBuffer, W> turn;

    /** @param turn told whose turn it is with an image, which has to {@link #use} it */
    HeldImages(BiConsumer<ByteBuffer, W> turn) {
        this.turn = turn;
    }

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

    /** Gives images back. One that something waits for stays held until that has had its turn. */
    void release(Set<ByteBuffer> images) {
        for (ByteBuffer image : images) {
            Queue<W> others = held.remove(image);
            if (others != null) {
                next(image, others);
            }
        }
    }

    /** Runs the turn of what waited for an image, which may hold it meanwhile. If it does not, the next has its turn. */
    void use(ByteBuffer image, Runnable use) {
        Queue<W> others = held.remove(image);
        try {
            use.run();
        } finally {
            Queue<W> later = held.get(image);
            if (later != null && others != null) {
                later.addAll(others);
            } else if (others != null) {
                next(image, others);
            }
        }
    }

    private void next(ByteBuffer image, Queue<W> waiting) {
        W first = waiting.poll();
        if (first != null) {
            held.put(image, waiting);
            turn.accept(image, first);
        }
    }
}
