package dev.imaged.server.store.cache;

import dev.imaged.errors.ImageException;
import dev.imaged.server.store.kv.Database;
import dev.imaged.server.store.kv.Snapshot;
import dev.imaged.server.store.record.ImageCodec;
import dev.imaged.server.store.record.Keys;
import dev.imaged.server.store.record.Revisions;
import dev.imaged.server.store.record.Schema;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.LinkedBlockingQueue;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads namespaces into memory, one after the other, on a thread of its own: those that somebody uses, and while nobody waits for one,
 * those that somebody may use. Thread-safe.
 */
final class NamespaceLoader implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(NamespaceLoader.class);

    /** How many images are put into the tree at once, and how many bytes of them. */
    private static final int CHUNK = 1000;

    private static final int CHUNK_BYTES = 1024 * 1024;

    private final Database database;
    private final ResidentNamespaces residents;
    private final Runnable onReserved;
    private final BlockingQueue<Task> queue = new LinkedBlockingQueue<>();
    private final Set<String> queued = ConcurrentHashMap.newKeySet();

    /** Those that nobody has asked for so far. */
    private final Deque<String> ahead = new ConcurrentLinkedDeque<>();

    private final Thread thread = new Thread(this::run, "loader");
    private volatile boolean closing;

    /** What the thread is asked to do. */
    private sealed interface Task {}

    /** Reads a namespace that somebody uses. */
    private record Load(String namespace) implements Task {}

    /** Finds the namespaces that can be read while nobody asks for one. */
    private record ListAhead() implements Task {}

    /** Wakes the thread, which then sees that it has to end. */
    private record Wake() implements Task {}

    private record Loaded(long revision, ImageTree tree) {}

    /** @param onReserved runs when namespaces may take more or less room than before */
    NamespaceLoader(Database database, ResidentNamespaces residents, Runnable onReserved) {
        this.database = database;
        this.residents = residents;
        this.onReserved = onReserved;
        thread.setDaemon(true);
        thread.start();
    }

    /** Asks for a namespace that has images; returns at once. */
    void request(String namespace) {
        residents.asked(namespace);
        if (residents.isWanted(namespace) && queued.add(namespace)) {
            queue.add(new Load(namespace));
        }
    }

    /** Has namespaces read that nobody has asked for, in their order, as long as there is room for the next; returns at once. */
    void readAhead() {
        queue.add(new ListAhead());
    }

    private void run() {
        while (!closing) {
            try {
                Task next = ahead.isEmpty() ? queue.take() : queue.poll();
                if (next == null) {
                    loadAhead(ahead.remove());
                } else if (next instanceof ListAhead) {
                    listAhead();
                } else if (next instanceof Load asked) {
                    queued.remove(asked.namespace());
                    load(residents.begin(asked.namespace()));
                }
            } catch (InterruptedException e) {
                log.warn("the loader was interrupted, which nothing should do; it goes on", e);
            }
        }
    }

    private void listAhead() {
        try {
            ahead.addAll(database.read(Schema::namespaces));
        } catch (RuntimeException e) { // each is read once somebody asks for it
            log.warn("no namespace is read into memory before it is used: {}", e.getMessage());
        }
    }

    /** Reads a namespace that nobody waits for; if somebody begins to wait for another, it is read later. */
    private void loadAhead(String namespace) throws InterruptedException {
        ResidentNamespaces.Loading loading = residents.beginAhead(namespace);
        load(loading);
        if (loading != null && loading.isTooLarge()) {
            ahead.clear();
        } else if (!queue.isEmpty() && residents.isWanted(namespace)) {
            ahead.addFirst(namespace);
        }
    }

    private void load(ResidentNamespaces.@Nullable Loading loading) throws InterruptedException {
        if (loading == null) {
            return;
        }
        try {
            Loaded loaded = database.read(snapshot -> read(snapshot, loading));
            if (loaded != null) {
                residents.install(loading, loaded.revision(), loaded.tree());
            }
        } catch (ImageException e) {
            log.info("namespace {} is read from the database for now: {}", loading.namespace, e.getMessage());
            residents.refuse(loading.namespace);
        } catch (RuntimeException | Error e) { // whatever it was, other namespaces can be loaded
            log.error("namespace {} cannot be kept in memory", loading.namespace, e);
            residents.refuse(loading.namespace);
        } finally {
            residents.end(loading);
        }
    }

    /** Reads a namespace, nothing when there is no room for it or nobody waits for it any more. */
    private @Nullable Loaded read(Snapshot snapshot, ResidentNamespaces.Loading loading) {
        if (snapshot.identity() != loading.database) {
            return null;
        }
        Reading reading = new Reading(loading);
        byte[] prefix = Keys.images(loading.namespace);
        Schema.IMAGES.scan(snapshot, prefix, prefix, reading::add);
        return reading.isDone() ? new Loaded(Revisions.last(snapshot), reading.tree) : null;
    }

    private final class Reading {
        private final ResidentNamespaces.Loading loading;
        private final List<ImageChange> chunk = new ArrayList<>();
        private ImageTree tree;
        private long chunkBytes;
        private boolean fits = true;

        Reading(ResidentNamespaces.Loading loading) {
            this.loading = loading;
            this.tree = ImageTree.empty(loading.namespace);
        }

        boolean add(byte[] key, byte[] value) {
            ImageCodec.decode(key, value); // which checks it
            if (!ImageCodec.isOf(key, value)) {
                throw new ImageException.DataLoss(ImageCodec.describe(key) + " holds another name", null);
            }
            chunk.add(new ImageChange(loading.namespace, key, value));
            chunkBytes += value.length;
            fits = !closing && !(loading.isAhead() && !queue.isEmpty());
            boolean isFull = chunk.size() >= CHUNK || chunkBytes >= CHUNK_BYTES;
            return fits && (!isFull || store());
        }

        private boolean store() {
            tree = tree.with(chunk);
            chunk.clear();
            chunkBytes = 0;
            fits = !closing && residents.reserve(loading, tree.memory());
            onReserved.run();
            return fits;
        }

        boolean isDone() {
            return fits && store();
        }
    }

    /** Ends the thread, at the next image when it reads. */
    @Override
    public void close() {
        closing = true;
        queue.add(new Wake());
        residents.stopLoading();
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
