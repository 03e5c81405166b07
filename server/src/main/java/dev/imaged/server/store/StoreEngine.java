package dev.imaged.server.store;

import dev.imaged.errors.ImageException.DataLoss;
import dev.imaged.errors.ImageException.FailedPrecondition;
import dev.imaged.errors.ImageException.Unavailable;
import dev.imaged.images.ImageValidator;
import dev.imaged.maintenance.Maintenance;
import dev.imaged.server.engine.EncodedImages;
import dev.imaged.server.engine.ImageCatalog;
import dev.imaged.server.engine.ImageEngine;
import dev.imaged.server.engine.ImageTransactions;
import dev.imaged.server.store.cache.StoreCaches;
import dev.imaged.server.store.kv.Database;
import dev.imaged.server.store.record.Change;
import dev.imaged.server.store.record.ChangeLog;
import dev.imaged.server.store.record.Meta;
import dev.imaged.server.store.record.Revisions;
import dev.imaged.server.store.record.Schema;
import dev.imaged.server.store.write.Committer;
import dev.imaged.server.store.write.ImageWriter;
import dev.imaged.server.store.write.Retention;
import dev.imaged.server.store.write.WriteLimits;
import java.time.Clock;
import java.time.Instant;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The engine over an embedded database. {@link Schema} draws what it stores. */
public final class StoreEngine implements ImageEngine {
    private static final Logger log = LoggerFactory.getLogger(StoreEngine.class);

    /** The part of the memory for images that past images of lists may take. */
    private static final int PAST_PARTS = 16;

    /** What those of one list may take at least and at most. */
    private static final long LEAST_PAST_BYTES = 1024 * 1024;

    private static final long MOST_PAST_BYTES = 8L * 1024 * 1024;

    private final Database database;
    private final StoreCaches caches;
    private final StoreReader reader;
    private final Committer committer;
    private final ImageWriter writer;
    private final ChangeFeeds feeds;
    private final RecentPasts pasts;

    private StoreEngine(
            Database database,
            StoreCaches caches,
            StoreReader reader,
            Committer committer,
            ImageWriter writer,
            ChangeFeeds feeds,
            RecentPasts pasts) {
        this.database = database;
        this.caches = caches;
        this.reader = reader;
        this.committer = committer;
        this.writer = writer;
        this.feeds = feeds;
        this.pasts = pasts;
    }

    /**
     * Opens the engine on a database, which it closes in the end.
     *
     * @param cacheBytes how much of the heap images may take, in bytes; 0 to keep none
     * @param clock the time of creations and updates
     * @throws FailedPrecondition when the database follows another store
     */
    public static StoreEngine open(
            Database database, long cacheBytes, Clock clock, Retention retention, WriteLimits limits) {
        if (database.read(Meta::base) != null) {
            database.close();
            throw new FailedPrecondition(database.description()
                    + " holds a copy of the images in an etcd cluster: serve it with --etcd, or name another folder");
        }
        return openView(database, cacheBytes, clock, retention, limits);
    }

    /** Opens the engine on a database that may follow another store, otherwise as {@link #open}. */
    public static StoreEngine openView(
            Database database, long cacheBytes, Clock clock, Retention retention, WriteLimits limits) {
        StoreCaches caches = new StoreCaches(cacheBytes, System::nanoTime);
        try {
            caches.open(database);
            StoreReader reader = new StoreReader(database, caches);
            Committer committer = new Committer(database, caches, clock, lastCommit(database), retention, limits);
            ChangeFeeds feeds = new ChangeFeeds(database, database.read(Revisions::last));
            committer.onCommit(feeds);
            committer.start();
            return new StoreEngine(database, caches, reader, committer, committer, feeds, pasts(cacheBytes));
        } catch (RuntimeException e) {
            caches.close();
            database.close();
            throw e;
        }
    }

    /**
     * Returns this engine with another way to write. It shows what the committer writes, as before; both are closed together.
     *
     * @param other takes the writes of callers
     */
    public StoreEngine writingThrough(ImageWriter other) {
        return new StoreEngine(database, caches, reader, committer, other, feeds, pasts);
    }

    /** Begins to read all images into memory that there is room for, before anybody asks for them; returns at once. */
    public void readAhead() {
        caches.readAhead();
    }

    /** Returns what writes to the database. */
    public Committer committer() {
        return committer;
    }

    /** Ends all watches, because this copy of another store is made again without its history; other daemons may have that. */
    public void endWatches() {
        feeds.end(new Unavailable("this daemon reads all images again: watch again from the last position", null)
                .withReason("RECONNECT", Map.of()));
    }

    /** Those of one list may take half, so that one list does not drive out all others. */
    private static RecentPasts pasts(long cacheBytes) {
        long all = cacheBytes / PAST_PARTS;
        return new RecentPasts(all, Math.max(LEAST_PAST_BYTES, Math.min(MOST_PAST_BYTES, all / 2)));
    }

    /** Returns the time of the newest change. One that cannot be read keeps nobody from the images. */
    public static Instant lastCommit(Database database) {
        try {
            return database.read(snapshot -> {
                Change newest = ChangeLog.first(snapshot, Revisions.last(snapshot));
                return newest == null ? Instant.MIN : newest.time();
            });
        } catch (DataLoss e) {
            log.warn("the time of the newest change cannot be read, so times do not go on from it: {}", e.getMessage());
            return Instant.MIN;
        }
    }

    @Override
    public EncodedImages namespace(String namespace) {
        return namespace(namespace, PlanChoice.ESTIMATED);
    }

    /** Returns the images of a namespace, with lists that find them in a given way: to measure it, and to compare answers. */
    public EncodedImages namespace(String namespace, PlanChoice choice) {
        ImageValidator.requireNamespace(namespace);
        return new StoreImages(reader, writer, namespace, choice);
    }

    @Override
    public String name() {
        return database.name();
    }

    @Override
    public ImageCatalog catalog() {
        return new StoreCatalog(database, reader, feeds, pasts);
    }

    @Override
    public ImageTransactions transactions() {
        return new StoreTransactions(database, new StoreCatalog(database, reader, feeds, pasts), writer);
    }

    @Override
    public Maintenance maintenance() {
        return new StoreMaintenance(database, writer, () -> {});
    }

    /** The engine as an operator uses it who has the store alone; closing that closes the engine. */
    public Maintenance maintain() {
        return new StoreMaintenance(database, committer, this::close);
    }

    /** What an operator can do with a database that cannot be written; closing that closes the database. */
    public static Maintenance maintainReadOnly(Database database) {
        return new StoreMaintenance(database, null, database::close);
    }

    @Override
    public void onServing(ServingListener listener) {
        committer.onServing(listener);
    }

    @Override
    public void close() {
        try {
            caches.close();
            committer.close();
            feeds.close();
        } finally {
            database.close();
        }
    }
}
