package dev.imaged.server.store.write;

import dev.imaged.errors.ImageException.InvalidArgument;
import dev.imaged.images.Image;
import dev.imaged.internal.text.GoQuote;
import dev.imaged.server.engine.EncodedResponse;
import dev.imaged.server.store.kv.Snapshot;
import dev.imaged.server.store.record.Cause;
import dev.imaged.server.store.record.ChangeLog;
import dev.imaged.server.store.record.ChangeLog.KnownRequest;
import dev.imaged.server.store.record.DecodedRecord;
import dev.imaged.server.store.record.EncodedRecord;
import dev.imaged.server.store.record.Keys;
import dev.imaged.server.store.record.NamePosition;
import dev.imaged.server.store.record.Schema;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a mutation reads and writes. For one thread. */
public abstract class WriteTransaction {
    /** A key has to fit into a log file, with a namespace, a label and some frame. */
    private static final int MAX_NAME_BYTES = 7 * 1024 * 1024;

    /** The most bytes of index entries of one image; each label repeats the name. */
    private static final long MAX_INDEX_BYTES = 64L * 1024 * 1024;

    /** The most bytes of an encoded image: its response has to fit into one message. */
    private static final int MAX_IMAGE_BYTES = EncodedResponse.MAX_BYTES - 16;

    WriteTransaction() {}

    /** Begins a commit of a namespace, of which nothing is known but its time. */
    public final Commit begin(String namespace) {
        return begin(namespace, Cause.UNKNOWN);
    }

    /** Begins a commit of a namespace. The commit before it has to be written by then. */
    public abstract Commit begin(String namespace, Cause cause);

    /** Says that an answer holds some bytes of memory until the commit is done. */
    public abstract void answers(long answerBytes);

    /** Returns what is stored. It may hold what this transaction has written so far. */
    public abstract Snapshot snapshot();

    public abstract boolean exists(String namespace, String name);

    @Nullable
    public abstract DecodedRecord find(String namespace, String name);

    /** Returns the revision that deleted an image, as {@link ChangeLog#deleted}. */
    public long deletedRevision(String namespace, String name) {
        return ChangeLog.deleted(snapshot(), Keys.image(namespace, name));
    }

    /** Returns the request of a namespace that has an id, as {@link ChangeLog#knownRequest}. */
    public @Nullable KnownRequest knownRequest(String namespace, String requestId) {
        return ChangeLog.knownRequest(snapshot(), namespace, requestId);
    }

    /** Returns the namespaces that ever had an image. */
    public final List<String> namespaces() {
        return Schema.namespaces(snapshot());
    }

    /** Returns the names of the images of a namespace that have a label. */
    public final List<String> namesWithLabel(String namespace, String label) {
        List<String> names = new ArrayList<>();
        snapshot().scan(Schema.BY_LABEL, Keys.label(namespace, label), (key, value) -> {
            int offset = NamePosition.AFTER_LABEL.in(key);
            names.add(new String(key, offset, key.length - offset, StandardCharsets.UTF_8));
            return true;
        });
        return names;
    }

    /** Returns the revision of the last commit, with those of this transaction. */
    public abstract long revision();

    /** How many changes were begun so far, even those that broke. */
    abstract int writes();

    /** Writes the changes of a commit, which are in the order of their names. */
    abstract void write(Commit commit, List<Commit.Write> changes);

    static void requireFitting(Image image, EncodedRecord record) {
        requireFitting(image, record.size());
    }

    /**
     * Checks that a store takes an image.
     *
     * @param bytes the size of its message
     * @throws InvalidArgument when it does not
     */
    public static void requireFitting(Image image, long bytes) {
        if (bytes > MAX_IMAGE_BYTES) {
            throw new InvalidArgument("image " + shortened(image.name()) + " takes " + bytes
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
}
