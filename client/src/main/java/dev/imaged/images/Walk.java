package dev.imaged.images;

import dev.imaged.errors.ImageException;
import dev.imaged.oci.Descriptor;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Visits what a handler finds under descriptors, on the calling thread: depth first, in order, one at a time, as
 * containerd's package {@code images} does. A descriptor that comes up twice is visited twice, see {@link
 * Handlers#unseen}. The depth is bounded by memory, not by the stack.
 */
public final class Walk {
    private Walk() {}

    /**
     * Visits descriptors and what comes under them.
     *
     * @throws ImageException.Cancelled when the thread is interrupted between two descriptors; its interrupt flag stays
     * @throws ImageException as the handler does, which ends the walk
     * @throws IOException as the handler does, which ends the walk
     */
    public static void walk(Handler handler, Descriptor... roots) throws IOException {
        Deque<Iterator<Descriptor>> levels = new ArrayDeque<>();
        levels.push(Arrays.asList(roots).iterator());
        while (!levels.isEmpty()) {
            Iterator<Descriptor> level = levels.element();
            if (!level.hasNext()) {
                levels.pop();
                continue;
            }
            if (Thread.currentThread().isInterrupted()) {
                throw new ImageException.Cancelled("the walk was interrupted", null);
            }
            levels.push(visit(handler, level.next()).iterator());
        }
    }

    /**
     * Visits descriptors and what comes under them, some of which there has to be.
     *
     * @throws ImageException.NotFound when nothing comes under any of them: it may all have been filtered out
     * @throws ImageException as {@link #walk} does
     * @throws IOException as {@link #walk} does
     */
    public static void walkNotEmpty(Handler handler, Descriptor... roots) throws IOException {
        AtomicBoolean empty = new AtomicBoolean(true);
        walk(
                descriptor -> {
                    List<Descriptor> children = handler.handle(descriptor);
                    empty.compareAndSet(true, children.isEmpty());
                    return children;
                },
                roots);
        if (empty.get()) {
            String names = String.join(
                    ", ", Arrays.stream(roots).map(Descriptor::digest).toList());
            throw new ImageException.NotFound("content under " + names + ", which may have been filtered out");
        }
    }

    /** Returns what comes under a descriptor, nothing when it is skipped. */
    static List<Descriptor> visit(Handler handler, Descriptor descriptor) throws IOException {
        try {
            return handler.handle(descriptor);
        } catch (SkipDescriptor e) {
            return List.of();
        }
    }
}
