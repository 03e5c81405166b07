package dev.imaged.server.store.write;

import dev.imaged.images.Image;
import dev.imaged.internal.time.CommitClock;
import dev.imaged.server.store.cache.ImageChange;
import dev.imaged.server.store.cache.ImageTree;
import dev.imaged.server.store.cache.StoreCaches;
import dev.imaged.server.store.kv.Snapshot;
import dev.imaged.server.store.kv.WriteBatch;
import dev.imaged.server.store.record.Cause;
import dev.imaged.server.store.record.Change;
import dev.imaged.server.store.record.ChangeCodec;
import dev.imaged.server.store.record.ChangeLog;
import dev.imaged.server.store.record.DecodedRecord;
import dev.imaged.server.store.record.EncodedRecord;
import dev.imaged.server.store.record.ImageCodec;
import dev.imaged.server.store.record.Keys;
import dev.imaged.server.store.record.Meta;
import dev.imaged.server.store.record.Revisions;
import dev.imaged.server.store.record.Schema;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A transaction of the database. Everything that belongs to a change of an image, its record, its index entries
 * and its change, is written here and nowhere else. For one thread.
 */
public final class BatchTransaction extends WriteTransaction {
    private static final byte[] NOTHING = {};

    private final WriteBatch batch;
    private final Object database;
    private final CommitClock clock;
    private final StoreCaches caches;
    private final List<ImageChange> changes = new ArrayList<>();
    private final List<Change> written = new ArrayList<>();
    private final boolean follows;
    private long revision;
    private long dropped;
    private int writes;
    private long bytes;

    BatchTransaction(WriteBatch batch, CommitClock clock, StoreCaches caches) {
        this.batch = batch;
        this.database = batch.identity();
        this.clock = clock;
        this.caches = caches;
        this.follows = Meta.base(batch) != null;
        this.revision = Revisions.last(batch);
    }

    @Override
    public Commit begin(String namespace, Cause cause) {
        return new Commit(this, namespace, cause, clock.next(), revision + 1);
    }

    /**
     * Begins a commit that another store made.
     *
     * @param time when it was made, null if nobody knows; that of the last commit if that is later, because times never go back
     * @param made its revision, greater than that of the last commit
     */
    public Commit begin(String namespace, Cause cause, @Nullable Instant time, long made) {
        return new Commit(this, namespace, cause, time == null ? clock.next() : clock.follow(time), made);
    }

    /** Notes that a key of the store that this one follows is left out. */
    public void leaveOut(Meta.LeftOut entry) {
        Meta.leaveOut(batch, entry);
    }

    /** Notes that a key of the store that this one follows is not left out any more. */
    public void takeIn(byte[] key) {
        Meta.takeIn(batch, key);
    }

    @Override
    int writes() {
        return writes;
    }

    /** Returns about how many bytes were written, those of the images before and after all changes, or wait in answers. */
    long bytes() {
        return bytes;
    }

    @Override
    public void answers(long answerBytes) {
        bytes += answerBytes;
    }

    @Override
    public Snapshot snapshot() {
        return batch;
    }

    @Override
    public boolean exists(String namespace, String name) {
        ImageTree images = caches.forName(database, namespace, name);
        return images == null ? Schema.IMAGES.contains(batch, Keys.image(namespace, name)) : images.find(name) != null;
    }

    @Override
    public @Nullable DecodedRecord find(String namespace, String name) {
        EncodedRecord record = findRecord(namespace, name);
        return record == null ? null : new DecodedRecord(record, ImageCodec.image(record));
    }

    private @Nullable EncodedRecord findRecord(String namespace, String name) {
        ImageTree images = caches.forName(database, namespace, name);
        if (images != null) {
            return images.find(name);
        }
        EncodedRecord kept = caches.record(database, namespace, name);
        if (kept != null) {
            return kept;
        }
        byte[] key = Keys.image(namespace, name);
        byte[] value = Schema.IMAGES.get(batch, key);
        return value == null ? null : ImageCodec.decode(key, value);
    }

    /** Shows the changes that are kept, the oldest first, until the visitor stops. */
    void forEachChange(ChangeLog.Visitor visitor) {
        ChangeLog.forEach(batch, 0, visitor);
    }

    /** Returns how many changes are kept. */
    long keptChanges() {
        return batch.count(Schema.CHANGES.entries());
    }

    @Override
    public long revision() {
        return revision;
    }

    /** Drops a change, which has to be the oldest. With the change that deleted a name, nothing is left of the name. */
    void drop(Change oldest) {
        writes++;
        dropped = oldest.revision();
        if (follows) {
            Meta.base(batch, dropped);
        }
        Schema.CHANGES.delete(batch, oldest.key(), ChangeCodec.maxSize(oldest));
        byte[] key = Keys.image(oldest.namespace(), oldest.name());
        if (oldest.kind() == Change.Kind.DELETE && ChangeLog.deleted(batch, key) == oldest.revision()) {
            batch.delete(Schema.DELETED, key);
        }
        String requestId = oldest.cause().requestId();
        if (oldest.index() == 0
                && !requestId.isEmpty()
                && ChangeLog.request(batch, oldest.namespace(), requestId) == oldest.revision()) {
            batch.delete(Schema.REQUESTS, Keys.request(oldest.namespace(), requestId));
        }
    }

    /** Tells what was changed, once it is committed. */
    void committed(CommitListener listener) {
        caches.committed(database, revision, changes);
        listener.committed(written, dropped);
    }

    @Override
    void write(Commit commit, List<Commit.Write> commitChanges) {
        for (int index = 0; index < commitChanges.size(); index++) {
            write(commit, index, commitChanges.get(index));
        }
    }

    /** Writes a change of a commit: the record, its index entries, and the entry of the log. */
    private void write(Commit commit, int index, Commit.Write write) {
        EncodedRecord before = write.before() == null ? null : write.before().record();
        EncodedRecord after = write.after();
        changing(commit, write.name());
        if (after == null) {
            Schema.IMAGES.delete(batch, write.key(), sizeOf(before));
        } else if (before == null) {
            Schema.IMAGES.add(batch, write.key(), after.value());
            ImageIndexes.addNamespace(batch, commit.namespace());
        } else {
            Schema.IMAGES.replace(batch, write.key(), sizeOf(before), after.value());
        }
        changes.add(new ImageChange(commit.namespace(), write.key(), after == null ? null : after.value()));
        Image was = write.before() == null ? null : write.before().image();
        ImageIndexes.write(batch, commit.namespace(), write.name(), was, write.image());
        long previous = before == null ? takeDeleted(write.key()) : before.modifiedRevision();
        if (after == null) {
            batch.put(Schema.DELETED, write.key(), Keys.revision(commit.revision()));
        }
        append(new Change(
                commit.revision(),
                index,
                commit.time(),
                before == null ? Change.Kind.CREATE : after == null ? Change.Kind.DELETE : Change.Kind.UPDATE,
                commit.namespace(),
                write.name(),
                previous,
                after == null ? createdRevision(before) : after.createdRevision(),
                before == null ? NOTHING : before.messageBytes(),
                after == null ? NOTHING : after.messageBytes(),
                commit.cause()));
    }

    private static long createdRevision(@Nullable EncodedRecord record) {
        return record == null ? 0 : record.createdRevision();
    }

    private static int sizeOf(@Nullable EncodedRecord record) {
        return record == null ? 0 : record.value().length;
    }

    /** Says that an image changes from here on, whether what follows ends or breaks in the midst of a damaged page. */
    private void changing(Commit commit, String name) {
        writes++;
        caches.changing(commit.namespace(), name, commit.revision());
    }

    private void append(Change change) {
        byte[] key = change.key();
        Schema.CHANGES.append(batch, key, ChangeCodec.encode(key, change));
        written.add(change);
        String requestId = change.cause().requestId();
        if (change.index() == 0 && !requestId.isEmpty()) {
            batch.put(Schema.REQUESTS, Keys.request(change.namespace(), requestId), Keys.revision(change.revision()));
        }
        bytes += change.before().length + change.after().length;
        revision = change.revision();
        batch.revision(revision);
    }

    /** Returns the revision that deleted a name, 0 when none did that is kept, and forgets it. */
    private long takeDeleted(byte[] key) {
        long deleted = ChangeLog.deleted(batch, key);
        if (deleted != 0) {
            batch.delete(Schema.DELETED, key);
        }
        return deleted;
    }
}
