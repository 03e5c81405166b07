package dev.imaged.server.store.write;

import dev.imaged.errors.ImageException.InvalidArgument;
import dev.imaged.images.Image;
import dev.imaged.internal.text.GoQuote;
import dev.imaged.internal.time.CommitClock;
import dev.imaged.server.engine.EncodedResponse;
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
import dev.imaged.server.store.record.NamePosition;
import dev.imaged.server.store.record.Revisions;
import dev.imaged.server.store.record.Schema;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a mutation reads and writes. Everything that belongs to a change of an image, its record, its index entries
 * and its change, is written here and nowhere else. For one thread.
 */
public final class WriteTransaction {
    /** A key has to fit into a log file, with a namespace, a label and some frame. */
    private static final int MAX_NAME_BYTES = 7 * 1024 * 1024;

    /** The most bytes of index entries of one image; each label repeats the name. */
    private static final long MAX_INDEX_BYTES = 64L * 1024 * 1024;

    /** The most bytes of an encoded image: its response has to fit into one message. */
    private static final int MAX_IMAGE_BYTES = EncodedResponse.MAX_BYTES - 16;

    private static final byte[] NOTHING = {};

    private final WriteBatch batch;
    private final Object database;
    private final CommitClock clock;
    private final StoreCaches caches;
    private final List<ImageChange> changes = new ArrayList<>();
    private final List<Change> written = new ArrayList<>();
    private long revision;
    private long dropped;
    private int writes;
    private long bytes;

    WriteTransaction(WriteBatch batch, CommitClock clock, StoreCaches caches) {
        this.batch = batch;
        this.database = batch.identity();
        this.clock = clock;
        this.caches = caches;
        this.revision = Revisions.last(batch);
    }

    /** Begins a commit of a namespace, of which nothing is known but its time. */
    public Commit begin(String namespace) {
        return begin(namespace, Cause.UNKNOWN);
    }

    /** Begins a commit of a namespace. The commit before it has to be written by then. */
    public Commit begin(String namespace, Cause cause) {
        return new Commit(this, namespace, cause, clock.next(), revision + 1);
    }

    /** How many changes were begun so far, even those that broke. */
    int writes() {
        return writes;
    }

    /** Returns about how many bytes were written, those of the images before and after all changes, or wait in answers. */
    long bytes() {
        return bytes;
    }

    /** Says that an answer holds some bytes of memory until the commit is done. */
    public void answers(long answerBytes) {
        bytes += answerBytes;
    }

    /** Returns what is stored, with what this transaction has written so far. */
    public Snapshot snapshot() {
        return batch;
    }

    public boolean exists(String namespace, String name) {
        ImageTree images = caches.forName(database, namespace, name);
        return images == null ? Schema.IMAGES.contains(batch, Keys.image(namespace, name)) : images.find(name) != null;
    }

    @Nullable
    public DecodedRecord find(String namespace, String name) {
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

    /** Returns the namespaces that ever had an image. */
    public List<String> namespaces() {
        return Schema.namespaces(batch);
    }

    /** Returns the names of the images of a namespace that have a label. */
    public List<String> namesWithLabel(String namespace, String label) {
        List<String> names = new ArrayList<>();
        batch.scan(Schema.BY_LABEL, Keys.label(namespace, label), (key, value) -> {
            int offset = NamePosition.AFTER_LABEL.in(key);
            names.add(new String(key, offset, key.length - offset, StandardCharsets.UTF_8));
            return true;
        });
        return names;
    }

    /** Shows the changes that are kept, the oldest first, until the visitor stops. */
    void forEachChange(ChangeLog.Visitor visitor) {
        ChangeLog.forEach(batch, 0, visitor);
    }

    /** Returns how many changes are kept. */
    long keptChanges() {
        return batch.count(Schema.CHANGES.entries());
    }

    /** Returns the revision of the last commit, with those of this transaction. */
    public long revision() {
        return revision;
    }

    /** Drops a change, which has to be the oldest. With the change that deleted a name, nothing is left of the name. */
    void drop(Change oldest) {
        writes++;
        dropped = oldest.revision();
        Schema.CHANGES.delete(batch, oldest.key(), ChangeCodec.maxSize(oldest));
        byte[] key = Keys.image(oldest.namespace(), oldest.name());
        if (oldest.kind() == Change.Kind.DELETE && deletedRevision(key) == oldest.revision()) {
            batch.delete(Schema.DELETED, key);
        }
        String requestId = oldest.cause().requestId();
        if (oldest.index() == 0 && !requestId.isEmpty()) {
            batch.delete(Schema.REQUESTS, Keys.request(oldest.namespace(), requestId));
        }
    }

    /** Tells what was changed, once it is committed. */
    void committed(CommitListener listener) {
        caches.committed(database, revision, changes);
        listener.committed(written, dropped);
    }

    /** Writes a change of a commit: the record, its index entries, and the entry of the log. */
    void write(Commit commit, int index, Commit.Write write) {
        EncodedRecord before = write.before() == null ? null : write.before().record();
        EncodedRecord after = write.after();
        changing(commit, write.name());
        if (after == null) {
            Schema.IMAGES.delete(batch, write.key(), sizeOf(before));
        } else if (before == null) {
            Schema.IMAGES.add(batch, write.key(), after.value());
            addNamespace(commit.namespace());
        } else {
            Schema.IMAGES.replace(batch, write.key(), sizeOf(before), after.value());
        }
        changes.add(new ImageChange(commit.namespace(), write.key(), after == null ? null : after.value()));
        Image was = write.before() == null ? null : write.before().image();
        writeIndexes(commit.namespace(), write.name(), was, write.image());
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

    /** An index entry that stays is not written again. */
    private void writeIndexes(String namespace, String name, @Nullable Image was, @Nullable Image image) {
        boolean isSameTarget = was != null
                && image != null
                && was.target().digest().equals(image.target().digest());
        if (was != null && !isSameTarget) {
            batch.delete(Schema.BY_DIGEST, Keys.digestEntry(namespace, was));
        }
        if (image != null && !isSameTarget) {
            batch.put(Schema.BY_DIGEST, Keys.digestEntry(namespace, image), NOTHING);
        }
        Map<String, String> oldLabels = was == null ? Map.of() : was.labels();
        Map<String, String> labels = image == null ? Map.of() : image.labels();
        forEachMissing(
                oldLabels,
                labels,
                (label, value) -> batch.delete(Schema.BY_LABEL, Keys.labelEntry(namespace, name, label, value)));
        forEachMissing(
                labels,
                oldLabels,
                (label, value) -> batch.put(Schema.BY_LABEL, Keys.labelEntry(namespace, name, label, value), NOTHING));
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

    /** A value that is put again would be written again. */
    private void addNamespace(String namespace) {
        byte[] key = Keys.utf8(namespace);
        if (!batch.contains(Schema.NAMESPACES, key)) {
            batch.put(Schema.NAMESPACES, key, NOTHING);
        }
    }

    /** Returns the revision that deleted a name, 0 when none did that is kept, and forgets it. */
    private long takeDeleted(byte[] key) {
        long deleted = deletedRevision(key);
        if (deleted != 0) {
            batch.delete(Schema.DELETED, key);
        }
        return deleted;
    }

    private long deletedRevision(byte[] key) {
        byte[] value = batch.get(Schema.DELETED, key);
        return value == null ? 0 : Keys.revision(value);
    }

    static void requireFitting(Image image, EncodedRecord record) {
        if (record.size() > MAX_IMAGE_BYTES) {
            throw new InvalidArgument("image " + shortened(image.name()) + " takes " + record.size()
                    + " bytes, more than the maximum of " + MAX_IMAGE_BYTES + " bytes");
        }
        long nameBytes = Keys.utf8(image.name()).length;
        if (nameBytes > MAX_NAME_BYTES) {
            throw new InvalidArgument("image.Name " + shortened(image.name()) + " takes " + nameBytes
                    + " bytes, more than the maximum of " + MAX_NAME_BYTES + " bytes");
        }
        long indexBytes = nameBytes * (image.labels().size() + 2L);
        if (indexBytes > MAX_INDEX_BYTES) {
            throw new InvalidArgument("image.Name of " + nameBytes + " bytes with "
                    + image.labels().size() + " labels takes " + indexBytes
                    + " bytes of index, more than the maximum of "
                    + MAX_INDEX_BYTES + " bytes");
        }
    }

    private static String shortened(String name) {
        return GoQuote.quote(name.length() <= 64 ? name : name.substring(0, 64) + "...");
    }

    private interface EntryAction {
        void accept(String key, String value);
    }

    private static void forEachMissing(Map<String, String> from, Map<String, String> in, EntryAction action) {
        from.forEach((key, value) -> {
            if (!value.equals(in.get(key))) {
                action.accept(key, value);
            }
        });
    }
}
