package dev.imaged.server.store;

import dev.imaged.errors.ImageException.DataLoss;
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
import dev.imaged.server.store.record.Revisions;
import dev.imaged.server.store.record.Schema;
import dev.imaged.server.store.write.Committer;
import dev.imaged.server.store.write.Retention;
import dev.imaged.server.store.write.WriteLimits;
import java.time.Clock;
import java.time.Instant;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The engine over an embedded database. {@link Schema} draws what it stores. */
public final class StoreEngine implements ImageEngine {
    private static final Logger log = LoggerFactory.getLogger(StoreEngine.class);

    /** The part of the memory for images that past images of lists may take. */
    private static final int PAST_PARTS = 16;

    /** What those of one list may take, whatever the memory for images is. */
    private static final long LIST_PAST_BYTES = 8L * 1024 * 1024;

    private final Database database;
    private final StoreCaches caches;
    private final StoreReader reader;
    private final Committer committer;
    private final ChangeFeeds feeds;
    private final RecentPasts pasts;

    private StoreEngine(
            Database database,
            StoreCaches caches,
            StoreReader reader,
            Committer committer,
            ChangeFeeds feeds,
            RecentPasts pasts) {
        this.database = database;
        this.caches = caches;
        this.reader = reader;
        this.committer = committer;
        this.feeds = feeds;
        this.pasts = pasts;
    }

    /**
     * Opens the engine on a database, which it closes in the end.
     *
     * @param cacheBytes how much of the heap images may take, in bytes; 0 to keep none
     * @param clock the time of creations and updates
     */
    public static StoreEngine open(
            Database database, long cacheBytes, Clock clock, Retention retention, WriteLimits limits) {
        StoreCaches caches = new StoreCaches(cacheBytes, System::nanoTime);
        try {
            caches.open(database);
            StoreReader reader = new StoreReader(database, caches);
            Committer committer = new Committer(database, caches, clock, lastCommit(database), retention, limits);
            ChangeFeeds feeds = new ChangeFeeds(database, database.read(Revisions::last));
            committer.onCommit(feeds);
            committer.start();
            return new StoreEngine(
                    database,
                    caches,
                    reader,
                    committer,
                    feeds,
                    new RecentPasts(cacheBytes / PAST_PARTS, LIST_PAST_BYTES));
        } catch (RuntimeException e) {
            caches.close();
            database.close();
            throw e;
        }
    }

    /** Returns the time of the newest change. One that cannot be read keeps nobody from the images. */
    private static Instant lastCommit(Database database) {
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
        return new StoreImages(reader, committer, namespace, choice);
    }

    @Override
    public ImageCatalog catalog() {
        return new StoreCatalog(database, reader, feeds, pasts);
    }

    @Override
    public ImageTransactions transactions() {
        return new StoreTransactions(database, new StoreCatalog(database, reader, feeds, pasts), committer);
    }

    @Override
    public Maintenance maintenance() {
        return new StoreMaintenance(database, committer, () -> {});
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
        caches.close();
        committer.close();
        feeds.close();
        database.close();
    }
}
