package dev.imaged.images;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** Listens to a view for a test. */
public final class TestListener implements AutoCloseable {
    private static final long PATIENCE_SECONDS = 60;

    private final BlockingQueue<ViewChange> changes = new LinkedBlockingQueue<>();
    private final ViewedImages start;
    private final Runnable remove;

    public TestListener(ImageView view) {
        this.start = view.images();
        this.remove = view.onChange(changes::add);
    }

    /** Returns the next changes, and waits for them. */
    public List<ViewChange> changes(int count) {
        List<ViewChange> next = new ArrayList<>();
        while (next.size() < count) {
            try {
                ViewChange change = changes.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
                assertNotNull(change, () -> "no change after " + texts(next));
                next.add(change);
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }
        return next;
    }

    /** Returns changes as texts. */
    public static List<String> texts(List<ViewChange> changes) {
        return changes.stream()
                .map(change -> change.kind() + " " + change.name())
                .toList();
    }

    /**
     * Returns the images of one namespace by name that a program has which follows the changes so far, and checks that each change fits to
     * those before it.
     */
    public Map<String, VersionedImage> followed() {
        Map<String, VersionedImage> images = new HashMap<>();
        start.list().forEach(image -> images.put(image.image().name(), image));
        for (ViewChange change = changes.poll(); change != null; change = changes.poll()) {
            assertEquals(images.get(change.name()), change.before(), change::toString);
            if (change.after() == null) {
                images.remove(change.name());
            } else {
                images.put(change.name(), change.after());
            }
        }
        return images;
    }

    @Override
    public void close() {
        remove.run();
    }
}
