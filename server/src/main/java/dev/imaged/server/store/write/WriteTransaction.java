package dev.imaged.server.store.write;

import com.google.protobuf.ByteString;
import dev.imaged.errors.ImageException.InvalidArgument;
import dev.imaged.images.Image;
import dev.imaged.internal.text.GoQuote;
import dev.imaged.internal.time.CommitClock;
import dev.imaged.server.engine.EncodedResponse;
import dev.imaged.server.store.cache.ImageChange;
import dev.imaged.server.store.cache.ImageTree;
import dev.imaged.server.store.cache.StoreCaches;
import dev.imaged.server.store.kv.WriteBatch;
import dev.imaged.server.store.record.Change;
import dev.imaged.server.store.record.ChangeCodec;
import dev.imaged.server.store.record.DecodedRecord;
import dev.imaged.server.store.record.EncodedRecord;
import dev.imaged.server.store.record.ImageCodec;
import dev.imaged.server.store.record.Keys;
import dev.imaged.server.store.record.NamePosition;
import dev.imaged.server.store.record.Revisions;
import dev.imaged.server.store.record.Schema;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
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
    private long revision;
    private int writes;
    private long bytes;

    WriteTransaction(WriteBatch batch, CommitClock clock, StoreCaches caches) {
        this.batch = batch;
        this.database = batch.identity();
        this.clock = clock;
        this.caches = caches;
        this.revision = Revisions.last(batch);
    }

    /** The time for the next mutation. */
    public Instant nextTime() {
        return clock.next();
    }

    /** How many changes were begun so far, also those that broke. */
    int writes() {
        return writes;
    }

    /** Returns about how many bytes were written: those of the images before and after all changes. */
    long bytes() {
        return bytes;
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

    /** Stores a new image and returns its message. */
    public ByteString create(String namespace, Image image, Instant time) {
        byte[] key = Keys.image(namespace, image.name());
        EncodedRecord after = ImageCodec.encode(key, image, revision + 1, revision + 1);
        requireFitting(image, after);
        change(namespace, image.name());
        Schema.IMAGES.add(batch, key, after.value());
        changes.add(new ImageChange(namespace, key, after.value()));
        addNamespace(namespace);
        batch.put(Schema.BY_DIGEST, Keys.digestEntry(namespace, image), NOTHING);
        image.labels()
                .forEach((label, value) ->
                        batch.put(Schema.BY_LABEL, Keys.labelEntry(namespace, image.name(), label, value), NOTHING));
        putChange(new Change(
                revision + 1,
                time,
                Change.Kind.CREATE,
                namespace,
                image.name(),
                takeDeleted(key),
                NOTHING,
                after.messageBytes()));
        return after.message();
    }

    /** Replaces a stored image and returns its message; an index entry that stays is not written again. */
    public ByteString update(String namespace, DecodedRecord before, Image image, Instant time) {
        Image was = before.image();
        byte[] key = Keys.image(namespace, image.name());
        EncodedRecord after = ImageCodec.encode(key, image, before.record().createdRevision(), revision + 1);
        requireFitting(image, after);
        change(namespace, image.name());
        Schema.IMAGES.replace(batch, key, before.record().value().length, after.value());
        changes.add(new ImageChange(namespace, key, after.value()));
        if (!was.target().digest().equals(image.target().digest())) {
            batch.delete(Schema.BY_DIGEST, Keys.digestEntry(namespace, was));
            batch.put(Schema.BY_DIGEST, Keys.digestEntry(namespace, image), NOTHING);
        }
        forEachMissing(
                was.labels(),
                image.labels(),
                (label, value) ->
                        batch.delete(Schema.BY_LABEL, Keys.labelEntry(namespace, image.name(), label, value)));
        forEachMissing(
                image.labels(),
                was.labels(),
                (label, value) ->
                        batch.put(Schema.BY_LABEL, Keys.labelEntry(namespace, image.name(), label, value), NOTHING));
        putChange(new Change(
                revision + 1,
                time,
                Change.Kind.UPDATE,
                namespace,
                image.name(),
                before.record().modifiedRevision(),
                before.record().messageBytes(),
                after.messageBytes()));
        return after.message();
    }

    /** Removes a stored image. */
    public void delete(String namespace, DecodedRecord before, Instant time) {
        Image was = before.image();
        byte[] key = Keys.image(namespace, was.name());
        change(namespace, was.name());
        Schema.IMAGES.delete(batch, key, before.record().value().length);
        changes.add(new ImageChange(namespace, key, null));
        batch.delete(Schema.BY_DIGEST, Keys.digestEntry(namespace, was));
        was.labels()
                .forEach((label, value) ->
                        batch.delete(Schema.BY_LABEL, Keys.labelEntry(namespace, was.name(), label, value)));
        batch.put(Schema.DELETED, key, Keys.revision(revision + 1));
        putChange(new Change(
                revision + 1,
                time,
                Change.Kind.DELETE,
                namespace,
                was.name(),
                before.record().modifiedRevision(),
                before.record().messageBytes(),
                NOTHING));
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

    /** The revision of the oldest change that is kept; those that are kept have no gaps between them. */
    long oldestKept() {
        return Revisions.oldestKept(batch);
    }

    /** The change of a revision, null when it is not kept. */
    @Nullable
    Change change(long revision) {
        byte[] key = Keys.revision(revision);
        byte[] value = Schema.CHANGES.get(batch, key);
        return value == null ? null : ChangeCodec.decode(key, value);
    }

    /** The revision of the last mutation, this transaction's included. */
    long revision() {
        return revision;
    }

    /** Drops a change, which has to be the oldest; with that of a delete nothing is left of the name. */
    void drop(Change oldest) {
        writes++;
        Schema.CHANGES.delete(batch, Keys.revision(oldest.revision()), ChangeCodec.maxSize(oldest));
        byte[] key = Keys.image(oldest.namespace(), oldest.name());
        if (oldest.kind() == Change.Kind.DELETE && deletedRevision(key) == oldest.revision()) {
            batch.delete(Schema.DELETED, key);
        }
    }

    /** Tells what was changed, once it is committed. */
    void committed() {
        caches.committed(database, revision, changes);
    }

    /** Says that an image changes from here on, whether what follows ends or breaks in the midst of a damaged page. */
    private void change(String namespace, String name) {
        writes++;
        caches.changing(namespace, name, revision + 1);
    }

    private void putChange(Change change) {
        byte[] key = Keys.revision(change.revision());
        byte[] value = ChangeCodec.encode(key, change);
        Schema.CHANGES.append(batch, key, value);
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
        return value == null ? 0 : ByteBuffer.wrap(value).getLong();
    }

    private static void requireFitting(Image image, EncodedRecord record) {
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
