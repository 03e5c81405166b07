package dev.imaged.server.store;

import dev.imaged.images.Image;
import dev.imaged.server.store.cache.StoreCaches;
import dev.imaged.server.store.kv.Contents;
import dev.imaged.server.store.kv.Database;
import dev.imaged.server.store.kv.MemoryDatabase;
import dev.imaged.server.store.record.ChangeCodec;
import dev.imaged.server.store.record.ImageCodec;
import dev.imaged.server.store.record.Revisions;
import dev.imaged.server.store.record.Schema;
import dev.imaged.server.store.write.Committer;
import dev.imaged.server.store.write.Retention;
import dev.imaged.server.store.write.WriteLimits;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** Opens stores for tests, and looks into them. */
public final class TestStores {
    public static final Contents CONTENTS = new StoreContents();
    public static final long CACHE_BYTES = 8 << 20;
    public static final Retention RETENTION = new Retention(100, Duration.ofDays(1));
    public static final WriteLimits LIMITS = new WriteLimits(10_000, 64 << 20);

    private TestStores() {}

    /** Opens an engine on a database. */
    public static StoreEngine open(Database database, Clock clock) {
        return open(database, clock, RETENTION);
    }

    public static StoreEngine open(Database database, Clock clock, Retention retention) {
        return StoreEngine.open(database, CACHE_BYTES, clock, retention, LIMITS);
    }

    /** Opens an engine in memory that keeps nothing of what it reads, as those of commands do. */
    public static StoreEngine withoutCaches(Clock clock) {
        return StoreEngine.open(new MemoryDatabase(CONTENTS), 0, clock, RETENTION, LIMITS);
    }

    /** Opens an engine in memory. */
    public static StoreEngine inMemory(Clock clock) {
        return open(new MemoryDatabase(CONTENTS), clock);
    }

    /** Returns a committer that does not run yet. */
    public static Committer committer(Database database, Clock clock, Retention retention, WriteLimits limits) {
        return new Committer(
                database, new StoreCaches(CACHE_BYTES, System::nanoTime), clock, Instant.MIN, retention, limits);
    }

    /** Returns all that does not agree in a store. */
    public static List<String> problems(Database database) {
        return database.read(snapshot -> new StoreCheck(snapshot).run(database.fileProblems()))
                .problems();
    }

    /** Returns the revision of the newest change. */
    public static long revision(Database database) {
        return database.read(Revisions::last);
    }

    /** Returns how many changes are kept. */
    public static long changes(Database database) {
        return database.read(snapshot -> snapshot.count(Schema.CHANGES.entries()));
    }

    /** Returns the times of all changes that are kept, in the order of their revisions. */
    public static List<Instant> times(Database database) {
        return database.read(snapshot -> {
            List<Instant> times = new ArrayList<>();
            Schema.CHANGES.scan(
                    snapshot,
                    new byte[0],
                    new byte[0],
                    (key, value) -> times.add(ChangeCodec.decode(key, value).time()));
            return times;
        });
    }

    /** Returns all images as their records say, past all caches. */
    public static List<Image> images(Database database) {
        return database.read(snapshot -> {
            List<Image> images = new ArrayList<>();
            Schema.IMAGES.scan(
                    snapshot,
                    new byte[0],
                    new byte[0],
                    (key, value) -> images.add(ImageCodec.image(ImageCodec.decode(key, value))));
            return images;
        });
    }
}
