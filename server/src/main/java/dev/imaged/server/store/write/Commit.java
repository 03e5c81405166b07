package dev.imaged.server.store.write;

import com.google.protobuf.ByteString;
import dev.imaged.images.Image;
import dev.imaged.server.store.record.Cause;
import dev.imaged.server.store.record.DecodedRecord;
import dev.imaged.server.store.record.EncodedRecord;
import dev.imaged.server.store.record.ImageCodec;
import dev.imaged.server.store.record.Keys;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Changes of a namespace that take place together: one revision, one time, all or none. They are prepared first, and nothing is
 * written before {@link #write}. For one thread.
 */
public final class Commit {
    /** The revision of a commit that does not know its revision yet, because another store gives it. */
    public static final long PENDING = Long.MAX_VALUE;

    private static final Comparator<Write> BY_NAME = Comparator.comparing(Write::key, Arrays::compareUnsigned);

    private final WriteTransaction transaction;
    private final String namespace;
    private final Cause cause;
    private final Instant time;
    private final long revision;
    private final List<Write> writes = new ArrayList<>(1);

    /**
     * A change that is prepared.
     *
     * @param key the key of the image
     * @param before null when the change creates the image
     * @param image the image after, null when the change deletes it
     * @param after the record of that image
     */
    record Write(
            byte[] key,
            String name,
            @Nullable DecodedRecord before,
            @Nullable Image image,
            @Nullable EncodedRecord after) {}

    Commit(WriteTransaction transaction, String namespace, Cause cause, Instant time, long revision) {
        this.transaction = transaction;
        this.namespace = namespace;
        this.cause = cause;
        this.time = time;
        this.revision = revision;
    }

    /** Returns the time of the commit, UTC. */
    public Instant time() {
        return time;
    }

    String namespace() {
        return namespace;
    }

    Cause cause() {
        return cause;
    }

    /** Returns the revision of the commit. If it changes nothing, the next one gets the same. */
    public long revision() {
        return revision;
    }

    /**
     * Prepares that an image is created.
     *
     * @throws dev.imaged.errors.ImageException.InvalidArgument when it is larger than the store takes
     */
    public EncodedRecord create(Image image) {
        byte[] key = Keys.image(namespace, image.name());
        EncodedRecord after = ImageCodec.encode(key, image, revision, revision);
        WriteTransaction.requireFitting(image, after);
        writes.add(new Write(key, image.name(), null, image, after));
        return after;
    }

    /**
     * Prepares that an image is replaced by another of the same name.
     *
     * @throws dev.imaged.errors.ImageException.InvalidArgument when it is larger than the store takes
     */
    public EncodedRecord update(DecodedRecord before, Image image) {
        byte[] key = Keys.image(namespace, image.name());
        EncodedRecord after = ImageCodec.encode(key, image, before.record().createdRevision(), revision);
        WriteTransaction.requireFitting(image, after);
        writes.add(new Write(key, image.name(), before, image, after));
        return after;
    }

    /** Prepares that an image is deleted. */
    public void delete(DecodedRecord before) {
        String name = before.image().name();
        writes.add(new Write(Keys.image(namespace, name), name, before, null, null));
    }

    /** Writes what was prepared, each name at most once. A commit without changes leaves no trace. */
    public void write() {
        if (writes.size() > 1) {
            writes.sort(BY_NAME);
        }
        transaction.write(this, writes);
    }

    /** Creates one image, and returns its message. */
    public ByteString createNow(Image image) {
        EncodedRecord after = create(image);
        write();
        return after.message();
    }

    /** Replaces one image, and returns its message. */
    public ByteString updateNow(DecodedRecord before, Image image) {
        EncodedRecord after = update(before, image);
        write();
        return after.message();
    }

    /** Deletes one image. */
    public void deleteNow(DecodedRecord before) {
        delete(before);
        write();
    }
}
