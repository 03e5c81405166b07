package dev.imaged.server.store;

import dev.imaged.errors.ImageException;
import dev.imaged.images.Image;
import dev.imaged.images.ImageValidator;
import dev.imaged.internal.text.GoQuote;
import dev.imaged.maintenance.CheckReport;
import dev.imaged.server.store.kv.Snapshot;
import dev.imaged.server.store.kv.Table;
import dev.imaged.server.store.record.Change;
import dev.imaged.server.store.record.ChangeCodec;
import dev.imaged.server.store.record.ChangeLog;
import dev.imaged.server.store.record.EncodedRecord;
import dev.imaged.server.store.record.ImageCodec;
import dev.imaged.server.store.record.Keys;
import dev.imaged.server.store.record.NamePosition;
import dev.imaged.server.store.record.Revisions;
import dev.imaged.server.store.record.Schema;
import dev.imaged.server.store.record.ValueTable;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads a whole snapshot and compares the parts that have to agree: every record, its index entries, its change, and the part of
 * its history that is kept. It also finds entries that belong to no image. It keeps none of them in memory. For one thread, once.
 */
final class StoreCheck {
    private static final int MAX_PROBLEMS = 1000;

    private final Snapshot snapshot;
    private final List<String> problems = new ArrayList<>();
    private final Map<String, Long> entries = new LinkedHashMap<>();
    private long problemCount;
    private long digests;
    private long labels;
    private long parts;

    /** The change that was read before. */
    private @Nullable Change lastChange;

    StoreCheck(Snapshot snapshot) {
        this.snapshot = snapshot;
    }

    /** @param fileProblems the problems of the files, a line for each */
    CheckReport run(List<String> fileProblems) {
        fileProblems.forEach(this::problem);
        boolean changesRead = count(
                        "changes",
                        Schema.CHANGES.entries(),
                        (key, value) -> checkChange(key, whole(Schema.CHANGES, key, value)))
                >= 0;
        boolean imagesRead = count(
                        "images",
                        Schema.IMAGES.entries(),
                        (key, value) -> checkImage(key, whole(Schema.IMAGES, key, value)))
                >= 0;
        count("request ids", Schema.REQUESTS, this::checkRequest);
        count("deleted names", Schema.DELETED, this::checkDeleted);
        count("namespaces", Schema.NAMESPACES, (key, value) -> ImageValidator.requireNamespace(text(key)));
        checkIndex("index entries of digests", Schema.BY_DIGEST, imagesRead ? digests : -1, this::checkDigestEntry);
        checkIndex("index entries of labels", Schema.BY_LABEL, imagesRead ? labels : -1, this::checkLabelEntry);
        checkIndex(
                "parts of large values",
                Schema.IMAGES.parts(),
                imagesRead && changesRead ? parts : -1,
                (key, value) -> {});
        return new CheckReport(entries, problems, problemCount);
    }

    private interface EntryCheck {
        void run(byte[] key, byte[] value);
    }

    /** Checks each entry of a table and returns how many there are, -1 when they cannot be read to the end. */
    private long count(String what, Table table, EntryCheck check) {
        long[] count = new long[1];
        try {
            snapshot.scan(table, new byte[0], (key, value) -> {
                count[0]++;
                try {
                    check.run(key, value);
                } catch (ImageException.Unavailable e) {
                    throw e;
                } catch (ImageException e) {
                    problem(String.valueOf(e.getMessage()));
                }
                return true;
            });
        } catch (ImageException.Unavailable e) {
            throw e;
        } catch (RuntimeException e) {
            problem(what + " cannot be read beyond the first " + count[0] + ": " + e.getMessage());
            count[0] = -1 - count[0];
        }
        entries.put(what, count[0] < 0 ? -1 - count[0] : count[0]);
        return count[0];
    }

    /**
     * Counts the entries of an index. The entries of all images were looked up before, so the index has wrong entries only if it has
     * more.
     *
     * @param expected how many entries the images have, -1 if that is not known
     * @param check whether an entry belongs to its image
     */
    private void checkIndex(String what, Table table, long expected, EntryCheck check) {
        long found = count(what, table, (key, value) -> {});
        if (found >= 0 && expected >= 0 && found != expected) {
            problem("there are " + found + " " + what + " where the images have " + expected);
            count(what, table, check);
        }
    }

    private void problem(String problem) {
        problemCount++;
        if (problems.size() < MAX_PROBLEMS) {
            problems.add(problem);
        }
    }

    private byte[] whole(ValueTable table, byte[] key, byte[] value) {
        byte[] whole = table.whole(snapshot, key, value);
        parts += ValueTable.parts(whole.length);
        return whole;
    }

    private void checkImage(byte[] key, byte[] value) {
        EncodedRecord record = ImageCodec.decode(key, value);
        Image image = ImageCodec.image(record);
        String what = ImageCodec.describe(key);
        int name = NamePosition.AFTER_NAMESPACE.in(key);
        String namespace = new String(key, 0, name - 1, StandardCharsets.UTF_8);
        require(Arrays.equals(key, Keys.image(namespace, image.name())), what + " holds image " + quoted(image));
        require(has(Schema.NAMESPACES, Keys.utf8(namespace)), what + " is in a namespace that is not listed");
        require(!has(Schema.DELETED, key), what + " is listed as deleted");
        digests++;
        require(has(Schema.BY_DIGEST, Keys.digestEntry(namespace, image)), what + " is not in the index of digests");
        labels += image.labels().size();
        image.labels()
                .forEach((label, text) -> require(
                        has(Schema.BY_LABEL, Keys.labelEntry(namespace, image.name(), label, text)),
                        what + " is not in the index of labels with " + GoQuote.quote(label)));
        long created = record.createdRevision();
        long modified = record.modifiedRevision();
        require(created >= 1 && created <= modified, what + " has revisions " + created + " and " + modified);
        Change change = change(modified, key, what);
        require(
                change == null || (isOf(change, key) && Arrays.equals(change.after(), record.messageBytes())),
                what + " is not what the change of revision " + modified + " made");
    }

    private void checkChange(byte[] key, byte[] value) {
        Change change = ChangeCodec.decode(key, value);
        String what = "the change of revision " + change.revision();
        require(
                (change.before().length == 0) == (change.kind() == Change.Kind.CREATE)
                        && (change.after().length == 0) == (change.kind() == Change.Kind.DELETE),
                what + " does not have the images that its kind needs");
        require(
                change.previous() >= 0 && change.previous() < change.revision(),
                what + " names revision " + change.previous() + " as the one before it");
        byte[] image = image(change);
        Change previous = change.previous() == 0 ? null : change(change.previous(), image, what);
        require(
                previous == null || (isOf(previous, image) && Arrays.equals(previous.after(), change.before())),
                what + " does not go on from revision " + change.previous());
        String requestId = change.cause().requestId();
        // A later commit may have the id again: a store that this one follows forgets ids sooner.
        require(
                requestId.isEmpty() || ChangeLog.request(snapshot, change.namespace(), requestId) >= change.revision(),
                what + " is not listed with its request id " + GoQuote.quote(requestId));
        checkOrder(change, what);
    }

    /** Checks the place of a change among those of its commit. */
    private void checkOrder(Change change, String what) {
        Change before = lastChange;
        lastChange = change;
        boolean follows = before != null
                && before.revision() == change.revision()
                && before.index() == change.index() - 1
                && Arrays.compareUnsigned(image(before), image(change)) < 0;
        require(
                change.index() == 0 || follows,
                what + " with index " + change.index() + " does not follow another change of its commit");
    }

    private void checkRequest(byte[] key, byte[] value) {
        String what = "request id " + GoQuote.quote(Keys.name(key));
        require(value.length == Long.BYTES, what + " has no revision");
        Change change = value.length == Long.BYTES ? ChangeLog.first(snapshot, Keys.revision(value)) : null;
        require(
                change != null
                        && Arrays.equals(
                                Keys.request(change.namespace(), change.cause().requestId()), key),
                what + " is not that of the commit that it is listed with");
    }

    private void checkDeleted(byte[] key, byte[] value) {
        String what = "the deletion of " + ImageCodec.describe(key);
        require(value.length == Long.BYTES, what + " has no revision");
        long revision = value.length == Long.BYTES ? Keys.revision(value) : 0;
        Change change = change(revision, key, what);
        require(
                change == null || (change.kind() == Change.Kind.DELETE && isOf(change, key)),
                what + " is not what the change of revision " + revision + " made");
    }

    private void checkDigestEntry(byte[] key, byte[] value) {
        checkEntry(
                key,
                NamePosition.AFTER_DIGEST,
                "digests",
                (namespace, image) -> Arrays.equals(key, Keys.digestEntry(namespace, image)));
    }

    private void checkLabelEntry(byte[] key, byte[] value) {
        checkEntry(
                key,
                NamePosition.AFTER_LABEL,
                "labels",
                (namespace, image) -> image.labels().entrySet().stream()
                        .anyMatch(label -> Arrays.equals(
                                key, Keys.labelEntry(namespace, image.name(), label.getKey(), label.getValue()))));
    }

    private interface Ownership {
        boolean isOf(String namespace, Image image);
    }

    private void checkEntry(byte[] key, NamePosition position, String index, Ownership ownership) {
        int name = position.in(key);
        String namespace = Keys.namespace(key);
        byte[] image = Keys.concat(Keys.images(namespace), Arrays.copyOfRange(key, name, key.length));
        byte[] record = Schema.IMAGES.get(snapshot, image);
        require(
                record != null && ownership.isOf(namespace, ImageCodec.image(ImageCodec.decode(image, record))),
                "the index of " + index + " has an entry that " + ImageCodec.describe(image) + " does not have");
    }

    /**
     * Returns what a commit did to an image, null when the commit was dropped. If it should be there and is not, that is a problem. A
     * commit that did nothing to the image is returned by its first change.
     */
    private @Nullable Change change(long revision, byte[] image, String what) {
        Change first = ChangeLog.first(snapshot, revision);
        if (first == null) {
            require(
                    revision < Revisions.oldestKept(snapshot),
                    what + " is of revision " + revision + ", whose change is missing");
            return null;
        }
        Change found = isOf(first, image)
                ? first
                : ChangeLog.find(snapshot, revision, Keys.namespace(image), Keys.name(image));
        return found == null ? first : found;
    }

    private static boolean isOf(Change change, byte[] image) {
        return Arrays.equals(image, image(change));
    }

    private static byte[] image(Change change) {
        return Keys.image(change.namespace(), change.name());
    }

    private boolean has(Table table, byte[] key) {
        return snapshot.contains(table, key);
    }

    private void require(boolean condition, String problem) {
        if (!condition) {
            problem(problem);
        }
    }

    private static String quoted(Image image) {
        return GoQuote.quote(image.name());
    }

    private static String text(byte[] key) {
        return new String(key, StandardCharsets.UTF_8);
    }
}
