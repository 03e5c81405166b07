package dev.imaged.server.store;

import dev.imaged.errors.ImageException;
import dev.imaged.images.Image;
import dev.imaged.internal.text.GoQuote;
import dev.imaged.maintenance.NamespacedImage;
import dev.imaged.server.engine.SalvageReport;
import dev.imaged.server.store.kv.SalvagedDatabase;
import dev.imaged.server.store.kv.SalvagedTable;
import dev.imaged.server.store.record.Change;
import dev.imaged.server.store.record.ChangeCodec;
import dev.imaged.server.store.record.EncodedRecord;
import dev.imaged.server.store.record.ImageCodec;
import dev.imaged.server.store.record.Keys;
import dev.imaged.server.store.record.NamePosition;
import dev.imaged.server.store.record.ValueTable;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Reads what can be read of a damaged store, and changes nothing in it. Each image is verified by its checksum. If the record of
 * an image cannot be read, the image is taken from its newest change. For one thread, once.
 */
public final class StoreSalvage {
    private final Consumer<NamespacedImage> images;
    private final Consumer<String> problems;
    private final SalvagedDatabase database;
    private final @Nullable SalvagedTable records;
    private final @Nullable SalvagedTable digests;
    private final @Nullable SalvagedTable parts;

    /** For each image whose record cannot be read, its newest readable change; null if there is none. */
    private final Map<byte[], @Nullable Change> unread = new TreeMap<>(Arrays::compareUnsigned);

    private long read;
    private long lost;
    private long newestRevision;

    /** The exception of the consumer of images. */
    private @Nullable RuntimeException failure;

    private StoreSalvage(SalvagedDatabase database, Consumer<NamespacedImage> images, Consumer<String> problems) {
        this.database = database;
        this.images = images;
        this.problems = problems;
        this.records = database.find("images", StoreSalvage::isRecord);
        this.digests = database.find("digests", StoreSalvage::isDigestEntry);
        this.parts = database.find("parts of large values", StoreSalvage::isPart);
    }

    /**
     * Reads a store.
     *
     * @param images takes each image that can be read
     * @param problems takes a line for each thing that cannot be read
     */
    public static SalvageReport run(
            SalvagedDatabase database, Consumer<NamespacedImage> images, Consumer<String> problems) {
        return new StoreSalvage(database, images, problems).read();
    }

    private SalvageReport read() {
        boolean all = records != null && records.scan(this::visitRecord);
        boolean allNames = digests != null && digests.scan((entry, value) -> visitName(entry));
        database.scanOthers(this::visitChange);
        unread.forEach(this::addUnread);
        if (failure != null) {
            throw failure;
        }
        boolean isNewest = newestRevision >= database.acknowledgedRevision();
        if (!isNewest) {
            problems.accept("the newest change that can be read is of revision " + newestRevision + ", and those up to "
                    + database.acknowledgedRevision() + " were acknowledged");
        }
        if (!all && !allNames) {
            problems.accept("there may be more images whose names cannot be read");
        }
        return new SalvageReport(read, lost, all && isNewest && lost == 0 && !database.isIncomplete());
    }

    private boolean visitRecord(byte[] key, byte[] value) {
        Image image = image(key, value);
        if (image == null) {
            unread.put(key, null);
        } else {
            add(key, image);
        }
        return failure == null;
    }

    /** Returns the image of a record, null when that is damaged. */
    private @Nullable Image image(byte[] key, byte[] value) {
        try {
            return ImageCodec.image(ImageCodec.decode(key, whole((byte) 'i', key, value)));
        } catch (RuntimeException e) { // of the engine, too
            return null;
        }
    }

    private byte[] whole(byte tag, byte[] key, byte[] value) {
        if (!ValueTable.isInParts(value)) {
            return value;
        }
        ByteArrayOutputStream whole = new ByteArrayOutputStream();
        for (int number = 0; number < ValueTable.partCount(value); number++) {
            byte[] part = parts == null ? null : parts.get(ValueTable.part(tag, key, number));
            if (part == null) {
                break; // the value is too short, so its checksum does not match
            }
            whole.writeBytes(part);
        }
        return whole.toByteArray();
    }

    private void add(byte[] key, Image image) {
        try {
            images.accept(new NamespacedImage(Keys.namespace(key), image));
            read++;
        } catch (RuntimeException e) { // must not be taken for an exception of the engine
            failure = e;
        }
    }

    private boolean visitName(byte[] entry) {
        int name = NamePosition.AFTER_DIGEST.in(entry);
        byte[] images = Keys.images(Keys.namespace(entry));
        byte[] key = Keys.concat(images, Arrays.copyOfRange(entry, name, entry.length));
        if (!unread.containsKey(key) && isUnreadable(key)) {
            unread.put(key, null);
        }
        return true;
    }

    private boolean isUnreadable(byte[] key) {
        try {
            byte[] value = records == null ? null : records.get(key);
            return records == null || (value != null && image(key, value) == null);
        } catch (RuntimeException e) { // of the engine
            return true;
        }
    }

    /** Finds the changes among all entries of the log. Cleaning may have changed their order. */
    private boolean visitChange(byte[] entry, byte[] value) {
        Change change = change(entry, value);
        if (change != null) {
            newestRevision = Math.max(newestRevision, change.revision());
            byte[] key = Keys.image(change.namespace(), change.name());
            Change known = unread.get(key);
            boolean isNewer = known == null || known.revision() < change.revision();
            if (isNewer && (unread.containsKey(key) || isUnreadable(key))) {
                unread.put(key, change);
            }
        }
        return true;
    }

    private @Nullable Change change(byte[] key, byte[] value) {
        boolean mayBeChange = key.length == Long.BYTES || key.length == Long.BYTES + Short.BYTES;
        try {
            return mayBeChange ? ChangeCodec.decode(key, whole((byte) 'c', key, value)) : null;
        } catch (RuntimeException e) { // of the engine, too; or an entry of another tree
            return null;
        }
    }

    private void addUnread(byte[] key, @Nullable Change change) {
        if (change != null && change.kind() == Change.Kind.DELETE) {
            return;
        }
        String name = "image " + GoQuote.quote(Keys.name(key)) + " in namespace " + Keys.namespace(key);
        Image image = change == null ? null : fromChange(change);
        if (change == null || image == null) {
            lost++;
            problems.accept(name + " cannot be read");
        } else {
            add(key, image);
            problems.accept(name + " has a record that cannot be read; the copy has the image of revision "
                    + change.revision() + ", its newest readable change");
        }
    }

    private static @Nullable Image fromChange(Change change) {
        try {
            return ImageCodec.image(new EncodedRecord(0, 0, change.after(), 0));
        } catch (ImageException e) {
            return null;
        }
    }

    private static boolean isRecord(byte[] key, byte[] value) {
        return !ValueTable.isInParts(value) && ImageCodec.decode(key, value).size() > 0;
    }

    private static boolean isDigestEntry(byte[] key, byte[] value) {
        int digest = NamePosition.AFTER_NAMESPACE.in(key);
        int name = NamePosition.AFTER_DIGEST.in(key);
        return value.length == 0
                && new String(key, digest, name - digest, StandardCharsets.UTF_8)
                        .matches("sha(256|384|512):[0-9a-f]+\0");
    }

    /** Whether an entry is a part of a large value: all other entries are smaller, or are records. */
    private static boolean isPart(byte[] key, byte[] value) {
        boolean isTagged = key.length > 1 + Integer.BYTES && (key[0] == 'i' || key[0] == 'c');
        return isTagged && value.length == ValueTable.PART_BYTES;
    }
}
