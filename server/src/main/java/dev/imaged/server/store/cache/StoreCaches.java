package dev.imaged.server.store.cache;

import dev.imaged.server.store.kv.Database;
import dev.imaged.server.store.kv.Snapshot;
import dev.imaged.server.store.record.EncodedRecord;
import dev.imaged.server.store.record.Revisions;
import java.util.List;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is kept in memory of a store: whole namespaces as long as there is room, and of all others the images that are asked for.
 * Thread-safe.
 */
public final class StoreCaches implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(StoreCaches.class);

    /** The least part of the memory that single images may take. */
    private static final int LEAST_PARTS = 32;

    private final long maxBytes;
    private final ChangeMarks marks = new ChangeMarks();
    private final ResidentNamespaces residents;
    private final RecordCache records;
    private volatile @Nullable NamespaceLoader loader;

    /**
     * Makes an empty memory. It takes whole namespaces once it is {@linkplain #open opened}.
     *
     * @param maxBytes about how much of the heap it may take, in bytes
     * @param nanos a clock that only goes forward, in nanoseconds
     */
    public StoreCaches(long maxBytes, LongSupplier nanos) {
        this.maxBytes = maxBytes;
        this.residents = new ResidentNamespaces(maxBytes, marks, nanos);
        this.records = new RecordCache(maxBytes, marks);
    }

    /** Begins to keep what is in a database, which has to stay open until this is closed. */
    public void open(Database database) {
        database.read(snapshot -> {
            residents.opened(snapshot.identity(), Revisions.last(snapshot));
            return "";
        });
        loader = new NamespaceLoader(database, residents, this::fitRecords);
    }

    /**
     * Returns the images of a namespace, in which that of one name is as it is committed, or is missing if there is none. Others may
     * be older. Null when they are not in memory, or when that image is about to change.
     *
     * @param database the {@linkplain Database#identity identity} of the open database
     */
    public @Nullable ImageTree forName(Object database, String namespace, String name) {
        return residents.forName(database, namespace, name);
    }

    /**
     * Returns all images of a namespace as they are in a snapshot; null when they are not in memory.
     *
     * @param revision that of the snapshot
     */
    public @Nullable ImageTree at(Snapshot snapshot, long revision, String namespace) {
        return residents.at(snapshot.identity(), revision, namespace);
    }

    /** Whether the images of a namespace are in memory, be it those of an older or a newer snapshot. */
    public boolean holds(String namespace) {
        return residents.holds(namespace);
    }

    /** Returns a single image that is kept, as {@link #forName}; null when it is not. */
    public @Nullable EncodedRecord record(Object database, String namespace, String name) {
        return records.get(database, Long.MAX_VALUE, namespace, name);
    }

    /** Returns a single image that is kept as it is in the snapshot of a revision; null when it is not. */
    public @Nullable EncodedRecord record(Snapshot snapshot, long revision, String namespace, String name) {
        return records.get(snapshot.identity(), revision, namespace, name);
    }

    /** Keeps an image that was read from the snapshot of a revision, and has its namespace read if there is room for it. */
    public void keep(Snapshot snapshot, long revision, String namespace, String name, EncodedRecord record) {
        records.put(snapshot.identity(), revision, namespace, name, record);
        request(namespace);
    }

    /** Has a namespace that has images read into memory if there is room for it; returns at once. */
    public void request(String namespace) {
        NamespaceLoader reading = loader;
        if (reading != null) {
            reading.request(namespace);
        }
    }

    /**
     * Has all namespaces read into memory that there is room for, so that nobody has to ask for an image of each first; returns at
     * once. Those that somebody asks for come first.
     */
    public void readAhead() {
        NamespaceLoader reading = loader;
        if (reading != null) {
            reading.readAhead();
        }
    }

    /** Says that an image is about to change with a revision; for the one thread that writes, before it commits. */
    public void changing(String namespace, String name, long revision) {
        marks.changing(namespace, name, revision);
    }

    /** Tells what a commit changed, in its order; for the one thread that writes, before anybody is told that it is done. */
    public void committed(Object database, long revision, List<ImageChange> changes) {
        try {
            residents.committed(database, revision, changes).forEach(this::request);
        } catch (RuntimeException | Error e) { // the write is done, whatever becomes of the memory
            log.error("all that is in memory is forgotten", e);
            residents.forget(database, revision);
        }
        fitRecords();
    }

    /** Gives single images the room that namespaces leave. */
    private void fitRecords() {
        records.resize(Math.max(maxBytes / LEAST_PARTS, maxBytes - residents.bytes()));
    }

    /**
     * Returns a number for {@link #isMuchReplacedSince}. Whoever keeps the images of a namespace for long keeps the memory of all that
     * is replaced meanwhile.
     */
    public long replaced() {
        return residents.replaced();
    }

    /** Whether commits have written much, for this memory, since {@link #replaced} returned a number. */
    public boolean isMuchReplacedSince(long before) {
        return residents.isMuchReplacedSince(before);
    }

    /** Says that the database works again after a commit that failed, and what its revision is; for the thread that writes. */
    public void recovered(Object database, long revision) {
        records.clear(); // which may have been told of changes that did not come
        residents.opened(database, revision);
    }

    /** Returns about how many bytes the namespaces take that are in memory as a whole. */
    long residentBytes() {
        return residents.bytes();
    }

    /** Forgets all, because whoever has not read an answer to its end may hold this memory for long. */
    @Override
    public void close() {
        NamespaceLoader reading = loader;
        if (reading != null) {
            reading.close();
        }
        residents.forget(new Object(), -1);
        records.clear();
    }
}
