package dev.imaged.images;

import dev.imaged.images.Change.Commit;
import dev.imaged.internal.text.Utf8Order;
import dev.imaged.internal.time.CommitClock;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The images of all namespaces in maps, and the log of the last changes. A commit is kept or dropped as a whole, and the newest stays.
 * For callers that hold one lock.
 */
final class InMemoryState {
    /** The id of the store. */
    final String store = UUID.randomUUID().toString();

    private final CommitClock clock;
    private final int keptChanges;
    private final Map<String, NavigableMap<String, VersionedImage>> namespaces = new TreeMap<>();
    private final Runnable onChange;

    /** The commits that are kept, by their revisions. */
    private final NavigableMap<Long, List<Logged>> log = new TreeMap<>();

    /** How many changes the log holds. */
    private int logged;

    private long revision;
    private long oldest;

    /** The revision of the last change of a name that is deleted, by namespace and name, as long as the log has it. */
    private final Map<List<String>, Long> deleted = new HashMap<>();

    /** The requests that made commits, by namespace and id, as long as the log has the commit. */
    private final Map<List<String>, InMemoryTransactions.Known> requests = new HashMap<>();

    /** Called with each change before it is dropped. */
    final Set<Consumer<Change>> dropListeners = new LinkedHashSet<>();

    /** A change, and the image before it with its revisions. */
    private record Logged(Change change, @Nullable VersionedImage before) {}

    /**
     * Makes an empty state.
     *
     * @param keptChanges how many changes the log keeps
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
        return revision;
    }

    /** Returns the oldest revision that can be read: that of the last commit that is dropped, 0 when all are kept. */
    long oldest() {
        return oldest;
    }

    /** Returns the changes behind a revision that are kept, the oldest first. */
    List<Change> changesAfter(long after) {
        return changes(log.tailMap(after, false).values());
    }

    /** Returns the changes of a commit of a namespace in the order of their names; none when it is not kept, or of another. */
    List<Change> commit(String namespace, long of) {
        return changes(log.subMap(of, true, of, true).values()).stream()
                .filter(change -> change.namespace().equals(namespace))
                .toList();
    }

    private static List<Change> changes(Collection<List<Logged>> commits) {
        return commits.stream().flatMap(List::stream).map(Logged::change).toList();
    }

    /** Returns the revision of the last commit that is kept and was not later than a time; the oldest one that can be read if all are later. */
    long lastUntil(Instant time) {
        for (Map.Entry<Long, List<Logged>> commit : log.descendingMap().entrySet()) {
            if (!commit.getValue().get(0).change().time().isAfter(time)) {
                return commit.getKey();
            }
        }
        return oldest;
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

    /** Returns the images of a namespace as they were after a commit: each was what it was before its earliest later change. */
    NavigableMap<String, VersionedImage> images(String namespace, long at) {
        NavigableMap<String, VersionedImage> images = new TreeMap<>(Utf8Order.COMPARATOR);
        images.putAll(images(namespace));
        log.tailMap(at, false)
                .descendingMap()
                .values()
                .forEach(commit -> commit.forEach(logged -> {
                    if (logged.change().namespace().equals(namespace)) {
                        String name = logged.change().name();
                        images.compute(name, (key, later) -> logged.before());
                    }
                }));
        return images;
    }

    /** Returns an image, null if the name is not taken. */
    @Nullable
    Image find(String namespace, String name) {
        VersionedImage found = images(namespace).get(name);
        return found == null ? null : found.image();
    }

    /** Returns the revision of the last change of a name, deleted or not; 0 when none is known. */
    long lastRevision(String namespace, String name) {
        VersionedImage found = images(namespace).get(name);
        return found == null ? deleted.getOrDefault(List.of(namespace, name), 0L) : found.revision();
    }

    /** Returns the request with an id that made a commit of a namespace, null when none is known. */
    InMemoryTransactions.@Nullable Known request(String namespace, String id) {
        return requests.get(List.of(namespace, id));
    }

    /** Remembers the request that made a commit of a namespace. */
    void remember(String namespace, String id, InMemoryTransactions.Known request) {
        requests.put(List.of(namespace, id), request);
    }

    /** Begins a commit of a namespace. It takes its revision with its first change. */
    Commit begin(String namespace, Instant time, Cause cause) {
        return new Commit(revision + 1, time, namespace, cause);
    }

    /** Stores an image, and returns it. The changes of a commit have to come in the order of their names. */
    Image put(Commit commit, Image image) {
        NavigableMap<String, VersionedImage> images =
                namespaces.computeIfAbsent(commit.namespace(), key -> new TreeMap<>(Utf8Order.COMPARATOR));
        VersionedImage before = images.get(image.name());
        long created = before == null ? commit.revision() : before.createdRevision();
        images.put(image.name(), new VersionedImage(commit.namespace(), image, commit.revision(), created));
        if (before == null) {
            Long previous = deleted.remove(List.of(commit.namespace(), image.name()));
            append(new Change.Created(commit, image.name(), previous == null ? 0 : previous, image), null);
        } else {
            append(new Change.Updated(commit, image.name(), before.revision(), before.image(), image), before);
        }
        return image;
    }

    /** Removes an image, if there is one of that name. */
    void remove(Commit commit, String name) {
        NavigableMap<String, VersionedImage> images = namespaces.get(commit.namespace());
        VersionedImage before = images == null ? null : images.remove(name);
        if (before != null) {
            deleted.put(List.of(commit.namespace(), name), commit.revision());
            append(new Change.Deleted(commit, name, before.revision(), before.image()), before);
        }
    }

    private void append(Change change, @Nullable VersionedImage before) {
        revision = change.revision();
        log.computeIfAbsent(revision, key -> new ArrayList<>()).add(new Logged(change, before));
        logged++;
        onChange.run();
    }

    /** Drops the commits that are too many, at the end of a call. */
    void dropOld() {
        while (logged > keptChanges && log.size() > 1) {
            drop(log.pollFirstEntry().getValue());
        }
    }

    private void drop(List<Logged> commit) {
        for (Logged dropped : commit) {
            Change change = dropped.change();
            dropListeners.forEach(listener -> listener.accept(change));
            deleted.remove(List.of(change.namespace(), change.name()), change.revision());
            requests.remove(List.of(change.namespace(), change.commit().cause().requestId()));
            oldest = change.revision();
        }
        logged -= commit.size();
    }
}
