package dev.imaged.images;

import dev.imaged.errors.ImageException;
import dev.imaged.oci.Descriptor;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;

/**
 * Visits the descriptors that a handler finds under others, on the calling thread: depth first, in order, one at a
 * time, as containerd's package {@code images} does. A descriptor that comes up twice is visited twice, see {@link
 * Handlers#unseen}. The number of descriptors has a bound, as in containerd; the depth has no other.
 */
public final class Walk {
    private Walk() {}

    /** Visits with {@value ReferenceCount#DEFAULT_MAX} references at most; see {@link #walk(Handler, int, List)}. */
    public static void walk(Handler handler, Descriptor... roots) throws IOException {
        walk(handler, ReferenceCount.DEFAULT_MAX, List.of(roots));
    }

    /**
     * Visits descriptors and the descriptors under them.
     *
     * @param maxReferences how many descriptors it may meet, each as often as it is listed, at least 1
     * @throws ImageException.Cancelled when the thread is interrupted between two descriptors; its interrupt flag stays
     * @throws ImageException.ResourceExhausted when there are more references than that
     * @throws ImageException as the handler does, which ends the walk
     * @throws IOException as the handler does, which ends the walk
     * @throws IllegalArgumentException when {@code maxReferences} is less than 1
     */
    public static void walk(Handler handler, int maxReferences, List<Descriptor> roots) throws IOException {
        ReferenceCount references = new ReferenceCount(maxReferences);
        Deque<Iterator<Descriptor>> levels = new ArrayDeque<>();
        references.add(roots.size(), "the roots");
        levels.push(roots.iterator());
        while (!levels.isEmpty()) {
            Iterator<Descriptor> level = levels.element();
            if (!level.hasNext()) {
                levels.pop();
                continue;
            }
            if (Thread.currentThread().isInterrupted()) {
                throw new ImageException.Cancelled("the walk was interrupted", null);
            }
            Descriptor descriptor = level.next();
            List<Descriptor> children = visit(handler, descriptor);
            references.add(children.size(), descriptor.digest());
            levels.push(children.iterator());
        }
    }

    /** Visits with {@value ReferenceCount#DEFAULT_MAX} references at most; see {@link #walkNotEmpty(Handler, int, List)}. */
    public static void walkNotEmpty(Handler handler, Descriptor... roots) throws IOException {
        walkNotEmpty(handler, ReferenceCount.DEFAULT_MAX, List.of(roots));
    }

    /**
     * Visits descriptors and the descriptors under them, and requires that there are some.
     *
     * @throws ImageException.NotFound when there are no descriptors under any of the roots: a filter may have dropped
     *     all
     * @throws ImageException as {@link #walk(Handler, int, List)} does
     * @throws IOException as {@link #walk(Handler, int, List)} does
     * @throws IllegalArgumentException as {@link #walk(Handler, int, List)} does
     */
    public static void walkNotEmpty(Handler handler, int maxReferences, List<Descriptor> roots) throws IOException {
        AtomicBoolean empty = new AtomicBoolean(true);
        Handler noting = descriptor -> {
            List<Descriptor> children = handler.handle(descriptor);
            empty.compareAndSet(true, children.isEmpty());
            return children;
        };
        walk(noting, maxReferences, roots);
        if (empty.get()) {
            String names = roots.stream().map(Descriptor::digest).collect(Collectors.joining(", "));
            throw new ImageException.NotFound("content under " + names + ": image might be filtered out");
        }
    }

    /** Returns the descriptors under a descriptor; an empty list when the handler skips it. */
    static List<Descriptor> visit(Handler handler, Descriptor descriptor) throws IOException {
        try {
            return handler.handle(descriptor);
        } catch (SkipDescriptor e) {
            return List.of();
        }
    }
}
