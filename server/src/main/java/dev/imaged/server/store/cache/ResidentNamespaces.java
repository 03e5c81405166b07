package dev.imaged.server.store.cache;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The namespaces that lie in memory as a whole, as they are committed. {@link NamespaceLoader} brings them, and the thread that
 * writes tells each commit, so what a reader finds here is never older than what anybody has seen. Thread-safe.
 *
 * <p>A reader with a snapshot gets a tree of exactly its revision, or nothing. A reader of a single name needs no snapshot: its
 * image is as it is committed unless a mark says that it is about to change.
 */
final class ResidentNamespaces {
    /** What a namespace takes besides its images. */
    private static final long NAMESPACE_BYTES = 1024;

    /** How long a namespace is not loaded again after there was no room for it, at first and at most: there is mostly none later. */
    private static final long MIN_REFUSAL_NANOS = TimeUnit.MINUTES.toNanos(1);

    private static final long MAX_REFUSAL_NANOS = TimeUnit.HOURS.toNanos(1);

    /** When room is made, this part of the memory is made free as well, so that it is not made for each commit. */
    private static final int SPARE_PARTS = 16;

    /** How many refusals are remembered at most. */
    private static final int MANY_REFUSALS = 10_000;

    /** The epoch of what nobody has asked for: before all others. */
    private static final long NEVER = 0;

    /** Once a loading has so few commits to catch up with, the next commit waits for it. */
    private static final int FEW_COMMITS = 4;

    private final long maxBytes;
    private final ChangeMarks marks;
    private final LongSupplier nanos;
    private final Map<String, Resident> residents = new ConcurrentHashMap<>();
    private volatile Commit last = new Commit(new Object(), -1);

    /** This and what follows is changed under the lock of this object. */
    private final Map<String, Loading> loadings = new ConcurrentHashMap<>();

    private final Map<String, Refusal> refused = new ConcurrentHashMap<>();

    private long bytes;

    /** Rises when namespaces compete for room. A namespace that was read in a later epoch was read later. */
    private final AtomicLong epoch = new AtomicLong();

    /** How many bytes of images commits have written to namespaces that are here. */
    private final AtomicLong replaced = new AtomicLong();

    /**
     * The last commit that was told.
     *
     * @param database the database that it is in: one that is opened again may have lost its last revisions
     */
    private record Commit(Object database, long revision) {}

    /** Until when a namespace is not loaded again, and how long that is from when there was no room for it. */
    private record Refusal(long until, long nanos) {}

    /** The images of a namespace from a revision on, up to the next version. */
    private record Version(ImageTree tree, long since) {}

    private static final class Resident {
        volatile Version version;

        /** The {@link #epoch} in which it was last read. */
        volatile long readIn;

        Resident(Version version, long epoch) {
            this.version = version;
            this.readIn = epoch;
        }

        Version read(long epoch) {
            if (readIn != epoch) {
                readIn = epoch;
            }
            return version;
        }
    }

    /** A namespace that is being read, with the commits that were told meanwhile. For {@link NamespaceLoader}. */
    static final class Loading {
        final String namespace;
        final Object database;

        /** In which somebody asked for it; {@link #NEVER} when nobody has. */
        private volatile long epoch;

        private TreeMap<Long, List<ImageChange>> journal = new TreeMap<>();

        /** The bytes that the commits in the journal hold. */
        private long journalBytes;

        /** The bytes that tree and journal have taken so far. */
        private long reserved;

        private volatile boolean isTooLarge;

        private Loading(String namespace, Object database, long epoch) {
            this.namespace = namespace;
            this.database = database;
            this.epoch = epoch;
        }

        /** Whether there was no room for it. */
        boolean isTooLarge() {
            return isTooLarge;
        }

        /** Whether nobody has asked for it. */
        boolean isAhead() {
            return epoch == NEVER;
        }
    }

    /**
     * Makes an empty memory.
     *
     * @param maxBytes about how much of the heap it may take, in bytes
     * @param nanos a clock that only goes forward, in nanoseconds
     */
    ResidentNamespaces(long maxBytes, ChangeMarks marks, LongSupplier nanos) {
        this.maxBytes = maxBytes;
        this.marks = marks;
        this.nanos = nanos;
    }

    /** Returns the images of a namespace if one name in them is as it is committed, as {@link StoreCaches#forName}. */
    @Nullable
    ImageTree forName(Object database, String namespace, String name) {
        Commit seen = last;
        Resident resident = residents.get(namespace);
        if (resident == null || seen.database() != database) {
            return null;
        }
        ImageTree tree = resident.read(epoch.get()).tree();
        return marks.lastChange(namespace, name) <= seen.revision() ? tree : null;
    }

    /** Returns the images of a namespace in the snapshot of a revision, null when they are not there. */
    @Nullable
    ImageTree at(Object database, long revision, String namespace) {
        Commit seen = last;
        Resident resident = residents.get(namespace);
        if (resident == null || seen.database() != database || seen.revision() < revision) {
            return null;
        }
        Version version = resident.read(epoch.get());
        return version.since() <= revision ? version.tree() : null;
    }

    boolean holds(String namespace) {
        return residents.containsKey(namespace);
    }

    /**
     * Says that a database was opened, or works again. All that is not of its revision is forgotten, and all that is being read, which
     * may have seen a commit that failed.
     */
    synchronized void opened(Object database, long revision) {
        stopLoading();
        if (last.database() != database || last.revision() != revision) {
            forget(database, revision);
        }
    }

    /** Forgets all namespaces. What comes from now on is of a database at a revision. */
    synchronized void forget(Object database, long revision) {
        stopLoading();
        last = new Commit(new Object(), -1); // first, so that nobody takes an old image for one of the new database
        residents.clear();
        bytes = 0;
        last = new Commit(database, revision);
    }

    /** Ends all loading: {@link #install} refuses what was read so far. */
    synchronized void stopLoading() {
        for (Loading loading : loadings.values()) {
            bytes -= loading.reserved;
        }
        loadings.clear();
        notifyAll();
    }

    /**
     * Tells a commit, before anybody is told that it is done.
     *
     * @return the namespaces that changed and are neither here nor on the way
     */
    synchronized List<String> committed(Object database, long revision, List<ImageChange> changes) {
        List<String> missing = new ArrayList<>();
        Map<String, List<ImageChange>> byNamespace = new HashMap<>();
        for (ImageChange change : changes) {
            byNamespace
                    .computeIfAbsent(change.namespace(), namespace -> new ArrayList<>())
                    .add(change);
        }
        byNamespace.forEach((namespace, list) -> {
            Resident resident = residents.get(namespace);
            Loading loading = loadings.get(namespace);
            if (resident != null) {
                change(namespace, resident, revision, list);
            } else if (loading != null) {
                note(loading, revision, list);
            } else if (isWanted(namespace)) {
                missing.add(namespace);
            }
        });
        last = new Commit(database, revision);
        notifyAll();
        return missing;
    }

    private void note(Loading loading, long revision, List<ImageChange> changes) {
        long treeBytes = loading.reserved - loading.journalBytes;
        loading.journalBytes += bytes(changes);
        if (reserve(loading, treeBytes)) {
            loading.journal.put(revision, changes);
        } else {
            end(loading);
        }
    }

    private static long bytes(List<ImageChange> changes) {
        long bytes = 0;
        for (ImageChange change : changes) {
            bytes += change.value() == null ? 0 : change.value().length;
        }
        return bytes;
    }

    private void change(String namespace, Resident resident, long revision, List<ImageChange> changes) {
        ImageTree before = resident.version.tree();
        ImageTree after = before.with(sorted(changes));
        resident.version = new Version(after, revision);
        bytes += after.memory() - before.memory();
        replaced.addAndGet(bytes(changes));
        if (after.count() == 0) { // anybody may make namespaces and empty them
            remove(namespace);
        } else if (after.memory() > maxBytes || !makeRoom(0, namespace, resident.readIn)) {
            remove(namespace);
            refuse(namespace);
        }
    }

    /** Returns the last change of each name, in the order of the names. */
    private static List<ImageChange> sorted(List<ImageChange> changes) {
        List<ImageChange> sorted = new ArrayList<>(changes);
        sorted.sort(ImageChange.BY_NAME); // which is stable
        List<ImageChange> unique = new ArrayList<>(sorted.size());
        for (ImageChange change : sorted) {
            int last = unique.size() - 1;
            if (last >= 0 && ImageChange.BY_NAME.compare(unique.get(last), change) == 0) {
                unique.set(last, change);
            } else {
                unique.add(change);
            }
        }
        return unique;
    }

    private void remove(String namespace) {
        Resident resident = residents.remove(namespace);
        if (resident != null) {
            bytes -= NAMESPACE_BYTES + resident.version.tree().memory();
        }
    }

    /** Says that a namespace is not to be loaded for a while, twice as long as before if that was not long ago. */
    synchronized void refuse(String namespace) {
        long now = nanos.getAsLong();
        Refusal before = refused.get(namespace);
        long wait = before == null || isOver(before, now)
                ? MIN_REFUSAL_NANOS
                : Math.min(2 * before.nanos(), MAX_REFUSAL_NANOS);
        refused.put(namespace, new Refusal(now + wait, wait));
        if (refused.size() > MANY_REFUSALS) {
            refused.values().removeIf(refusal -> isOver(refusal, now));
            if (refused.size() > MANY_REFUSALS / 2) {
                refused.clear();
            }
        }
    }

    /** Whether a refusal is so long ago that it does not make the next one longer. */
    private static boolean isOver(Refusal refusal, long now) {
        return refusal.until() + refusal.nanos() - now <= 0;
    }

    /** Whether a namespace is not here, not on the way, and there may be room for it. */
    boolean isWanted(String namespace) {
        Refusal refusal = refused.get(namespace);
        return maxBytes > 0
                && (refusal == null || refusal.until() - nanos.getAsLong() <= 0)
                && !residents.containsKey(namespace)
                && !loadings.containsKey(namespace);
    }

    /**
     * Makes room for some more bytes, if there is not enough, by removing other namespaces that were last read before an epoch, the
     * longest ago first; says whether there is room. A little more is made, so that many small namespaces are not looked through each
     * time.
     */
    private boolean makeRoom(long more, String forNamespace, long before) {
        if (bytes + more <= maxBytes) {
            return true;
        }
        List<Map.Entry<String, Long>> byUse = new ArrayList<>();
        residents.forEach((namespace, resident) -> byUse.add(Map.entry(namespace, resident.readIn)));
        epoch.incrementAndGet();
        byUse.sort(Map.Entry.comparingByValue());
        for (Map.Entry<String, Long> victim : byUse) {
            if (bytes + more <= maxBytes - maxBytes / SPARE_PARTS || victim.getValue() >= before) {
                break;
            }
            if (!victim.getKey().equals(forNamespace)) {
                remove(victim.getKey());
                refuse(victim.getKey());
            }
        }
        return bytes + more <= maxBytes;
    }

    /** Begins to load a namespace, from a snapshot that is made afterwards; null when it is here already, or on the way. */
    synchronized @Nullable Loading begin(String namespace) {
        return isWanted(namespace) ? begin(namespace, epoch.incrementAndGet()) : null;
    }

    /** Says that somebody asks for a namespace, which may be on the way without that. */
    void asked(String namespace) {
        Loading loading = loadings.get(namespace);
        if (loading != null && loading.isAhead()) {
            loading.epoch = epoch.incrementAndGet();
        }
    }

    /** Begins to load a namespace that nobody has asked for, otherwise as {@link #begin}. No other is removed to make room for it. */
    synchronized @Nullable Loading beginAhead(String namespace) {
        return isWanted(namespace) ? begin(namespace, NEVER) : null;
    }

    private Loading begin(String namespace, long since) {
        Loading loading = new Loading(namespace, last.database(), since);
        loadings.put(namespace, loading);
        return loading;
    }

    /**
     * Takes room for a namespace that is being read, and for what is committed meanwhile. Says whether there is room, without the
     * namespaces that somebody has read since the loading began.
     *
     * @param size the bytes of the tree so far
     */
    synchronized boolean reserve(Loading loading, long size) {
        if (!isCurrent(loading)) {
            return false;
        }
        long needed = size + loading.journalBytes;
        boolean fits = makeRoom(needed - loading.reserved, loading.namespace, loading.epoch);
        loading.isTooLarge = !fits;
        if (fits) {
            bytes += needed - loading.reserved;
            loading.reserved = needed;
        } else if (!loading.isAhead()) {
            refuse(loading.namespace);
        }
        return fits;
    }

    /**
     * Keeps a namespace that was read from a snapshot, once its revision was told, with what was committed since.
     *
     * @return false when it is not wanted any more
     */
    boolean install(Loading loading, long revision, ImageTree read) throws InterruptedException {
        ImageTree tree = read;
        long since = revision;
        while (true) {
            NavigableMap<Long, List<ImageChange>> journal;
            synchronized (this) {
                while (isCurrent(loading) && last.revision() < revision) {
                    wait();
                }
                if (!isCurrent(loading)) {
                    return false;
                }
                journal = loading.journal.tailMap(since, false);
                if (journal.size() <= FEW_COMMITS) {
                    return add(loading, journal.isEmpty() ? since : journal.lastKey(), with(tree, journal));
                }
                loading.journal = new TreeMap<>();
            }
            tree = with(tree, journal);
            since = journal.lastKey();
        }
    }

    private boolean isCurrent(Loading loading) {
        return loadings.get(loading.namespace) == loading;
    }

    private static ImageTree with(ImageTree tree, Map<Long, List<ImageChange>> journal) {
        ImageTree after = tree;
        for (List<ImageChange> changes : journal.values()) {
            after = after.with(sorted(changes));
        }
        return after;
    }

    private boolean add(Loading loading, long since, ImageTree tree) {
        loading.journalBytes = 0; // the tree has it now
        if (tree.count() == 0 || !reserve(loading, NAMESPACE_BYTES + tree.memory())) {
            return false;
        }
        Resident resident = new Resident(new Version(tree, since), loading.isAhead() ? NEVER : epoch.get());
        loading.reserved = 0; // it is the resident's from here on
        loadings.remove(loading.namespace);
        residents.put(loading.namespace, resident);
        return true;
    }

    /** Ends what {@link #begin} began, whatever came of it. */
    synchronized void end(Loading loading) {
        if (loadings.remove(loading.namespace, loading)) {
            bytes -= loading.reserved;
        }
    }

    /** Returns how many bytes of images commits have written to namespaces that are here. */
    long replaced() {
        return replaced.get();
    }

    /** Whether commits have written much, for this memory, since {@link #replaced} returned a number. */
    boolean isMuchReplacedSince(long before) {
        return replaced.get() - before > maxBytes / SPARE_PARTS;
    }

    /** Returns about how many bytes are taken. */
    synchronized long bytes() {
        return bytes;
    }
}
