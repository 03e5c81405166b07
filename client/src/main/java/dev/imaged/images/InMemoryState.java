package dev.imaged.images;

import dev.imaged.images.Change.Commit;
import dev.imaged.internal.text.Utf8Order;
import dev.imaged.internal.time.CommitClock;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The images of all namespaces in maps, and all changes in a list. Only the last changes count as kept: older ones cannot be read. For
 * callers that hold one lock.
 */
final class InMemoryState {
    /** The id of the store. */
    final String store = UUID.randomUUID().toString();

    private final CommitClock clock;
    private final int keptChanges;
    private final Map<String, NavigableMap<String, VersionedImage>> namespaces = new TreeMap<>();
    private final List<Change> changes = new ArrayList<>();
    private final Runnable onChange;

    /** The revision of the last change of a name that is deleted, by namespace and name. */
    private final Map<List<String>, Long> deleted = new HashMap<>();

    /** By their ids, the requests that made commits. */
    final Map<String, InMemoryTransactions.Known> requests = new HashMap<>();

    /**
     * Makes an empty state.
     *
     * @param keptChanges how many changes can be read
     * @param onChange called at each change, under the lock
     */
    InMemoryState(Clock clock, int keptChanges, Runnable onChange) {
        this.clock = new CommitClock(clock, Instant.MIN);
        this.keptChanges = keptChanges;
        this.onChange = onChange;
    }

    /** Returns the time for the next commit. */
    Instant nextTime() {
        return clock.next();
    }

    /** Returns the revision of the last commit, 0 before the first. */
    long revision() {
        return changes.isEmpty() ? 0 : changes.get(changes.size() - 1).revision();
    }

    /** Returns all changes, the oldest first. */
    List<Change> changes() {
        return Collections.unmodifiableList(changes);
    }

    /** Returns the oldest revision that can be read: that of the last change that is dropped, 0 when all are kept. */
    long oldest() {
        int dropped = changes.size() - keptChanges;
        return dropped <= 0 ? 0 : changes.get(dropped - 1).revision();
    }

    /** Returns the names of the namespaces that ever had an image. */
    List<String> namespaces() {
        return List.copyOf(namespaces.keySet());
    }

    /** Returns the images of a namespace, in the order of their names. */
    NavigableMap<String, VersionedImage> images(String namespace) {
        NavigableMap<String, VersionedImage> images = namespaces.get(namespace);
        return images == null ? Collections.emptyNavigableMap() : Collections.unmodifiableNavigableMap(images);
    }

    /** Returns the images of a namespace as they were after a commit. */
    NavigableMap<String, VersionedImage> images(String namespace, long revision) {
        NavigableMap<String, VersionedImage> images = new TreeMap<>(Utf8Order.COMPARATOR);
        for (Change change : changes) {
            if (change.revision() <= revision && change.namespace().equals(namespace)) {
                apply(change, images);
            }
        }
        return images;
    }

    private static void apply(Change change, NavigableMap<String, VersionedImage> images) {
        VersionedImage before = images.remove(change.name());
        Image after = change.after();
        if (after != null) {
            long created = before == null ? change.revision() : before.createdRevision();
            images.put(change.name(), new VersionedImage(change.namespace(), after, change.revision(), created));
        }
    }

    /** Returns an image, null when there is none of that name. */
    @Nullable
    Image find(String namespace, String name) {
        VersionedImage found = images(namespace).get(name);
        return found == null ? null : found.image();
    }

    /** Returns the revision of the last change of a name, deleted or not; 0 when there was none. */
    long lastRevision(String namespace, String name) {
        VersionedImage found = images(namespace).get(name);
        return found == null ? deleted.getOrDefault(List.of(namespace, name), 0L) : found.revision();
    }

    /** Begins a commit of a namespace. It takes its revision with its first change. */
    Commit begin(String namespace, Instant time, Cause cause) {
        return new Commit(revision() + 1, time, namespace, cause);
    }

    /** Stores an image, and returns it. The changes of a commit have to come in the order of their names. */
    Image put(Commit commit, Image image) {
        NavigableMap<String, VersionedImage> images =
                namespaces.computeIfAbsent(commit.namespace(), key -> new TreeMap<>(Utf8Order.COMPARATOR));
        VersionedImage before = images.get(image.name());
        long revision = commit.revision();
        long created = before == null ? revision : before.createdRevision();
        images.put(image.name(), new VersionedImage(commit.namespace(), image, revision, created));
        if (before == null) {
            Long previous = deleted.remove(List.of(commit.namespace(), image.name()));
            append(new Change.Created(commit, image.name(), previous == null ? 0 : previous, image));
        } else {
            append(new Change.Updated(commit, image.name(), before.revision(), before.image(), image));
        }
        return image;
    }

    /** Removes an image, if there is one of that name. */
    void remove(Commit commit, String name) {
        NavigableMap<String, VersionedImage> images = namespaces.get(commit.namespace());
        VersionedImage before = images == null ? null : images.remove(name);
        if (before != null) {
            deleted.put(List.of(commit.namespace(), name), commit.revision());
            append(new Change.Deleted(commit, name, before.revision(), before.image()));
        }
    }

    private void append(Change change) {
        changes.add(change);
        onChange.run();
    }
}
