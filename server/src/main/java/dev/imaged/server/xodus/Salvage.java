package dev.imaged.server.xodus;

import dev.imaged.errors.GoQuote;
import dev.imaged.errors.ImageException;
import dev.imaged.errors.ImageException.FailedPrecondition;
import dev.imaged.images.Image;
import dev.imaged.server.engine.NamespacedImage;
import dev.imaged.server.engine.SalvageReport;
import dev.imaged.server.xodus.log.LogFiles;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import jetbrains.exodus.log.Log;
import org.jspecify.annotations.Nullable;

/**
 * Reads what can be read of a damaged store, and changes nothing in it. Each image is verified by its checksum. One whose record
 * cannot be read is taken from the newest change that tells it. For one thread, once.
 */
final class Salvage {
    private static final long CACHE_BYTES = 16L * 1024 * 1024;

    private final Consumer<NamespacedImage> images;
    private final Consumer<String> problems;
    private final @Nullable ReadableEntries records;
    private final @Nullable ReadableEntries digests;
    private final @Nullable ReadableEntries changes;
    private final @Nullable ReadableEntries parts;

    /** Images that cannot be read where they are, and what the newest change tells of them, if any does. */
    private final Map<byte[], byte[]> unread = new TreeMap<>(Arrays::compareUnsigned);

    private long read;
    private long lost;
    private long newestRevision;

    /** What the taker of images threw. */
    private @Nullable RuntimeException failure;

    private Salvage(SalvagedTrees trees, Consumer<NamespacedImage> images, Consumer<String> problems) {
        this.images = images;
        this.problems = problems;
        this.records = trees.prefixTree("images", Salvage::isRecord);
        this.digests = trees.prefixTree("digests", (key, value) -> value.length == 0 && isDigestEntry(key));
        this.parts = trees.prefixTree("parts of large values", Salvage::isPart);
        this.changes = trees.bTree("changes", Salvage::isChange);
    }

    /**
     * Reads a store.
     *
     * @param images takes each image that can be read
     * @param problems takes a line for each thing that cannot
     * @throws FailedPrecondition when there is no store in the folder, it is in use, or nothing can be read
     */
    static SalvageReport run(Path folder, Consumer<NamespacedImage> images, Consumer<String> problems) {
        try (LockedFolder locked = DatabaseFolder.prepareToRead(folder)) {
            LogFiles files = LogFiles.in(
                    DatabaseFolder.database(locked.folder()),
                    OpenDatabase.LOG_PAGE_BYTES,
                    OpenDatabase.LOG_FILE_KIB * 1024,
                    UnaryOperator.identity());
            Log log = OpenDatabase.openLog(files, CACHE_BYTES, OpenDatabase.LOG_FILE_KIB);
            try {
                Salvage salvage = new Salvage(SalvagedTrees.in(log, problems), images, problems);
                return salvage.read(files.acknowledgedRevision());
            } finally {
                log.close();
            }
        } catch (IOException e) {
            throw new FailedPrecondition("data folder " + folder + " cannot be read: " + e, e);
        }
    }

    private SalvageReport read(long acknowledged) {
        boolean all = records != null && records.forEach(this::visitRecord);
        boolean allNames = digests != null && digests.forEach((entry, value) -> visitName(entry));
        boolean allChanges = changes != null && changes.forEach(this::visitChange);
        unread.forEach(this::addUnread);
        if (failure != null) {
            throw failure;
        }
        boolean isNewest = newestRevision >= acknowledged;
        if (!isNewest) {
            problems.accept("the newest changes cannot be read: the newest that can is of revision " + newestRevision
                    + ", and those up to " + acknowledged + " were acknowledged");
        }
        if (!all && !(allNames && allChanges)) {
            problems.accept("there may be more images whose names cannot be read");
        }
        return new SalvageReport(read, lost, all && isNewest && lost == 0);
    }

    private boolean visitRecord(byte[] key, byte[] value) {
        Image image = image(key, value);
        if (image == null) {
            unread.put(key, new byte[0]);
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
        if (!ValueStore.isInParts(value)) {
            return value;
        }
        ByteArrayOutputStream whole = new ByteArrayOutputStream();
        for (int number = 0; number < ValueStore.partCount(value); number++) {
            byte[] part = parts == null ? null : parts.get(ValueStore.part(tag, key, number));
            whole.writeBytes(part == null ? new byte[0] : part);
        }
        return whole.toByteArray();
    }

    private void add(byte[] key, Image image) {
        try {
            images.accept(new NamespacedImage(Keys.namespace(key), image));
            read++;
        } catch (RuntimeException e) { // not to be taken for one of the engine
            failure = e;
        }
    }

    private boolean visitName(byte[] entry) {
        byte[] key = imageKey(entry);
        if (isUnreadable(key)) {
            unread.putIfAbsent(key, new byte[0]);
        }
        return true;
    }

    private static byte[] imageKey(byte[] digestEntry) {
        int name = Keys.nameOffset(digestEntry, 2);
        byte[] images = Keys.images(Keys.namespace(digestEntry));
        return Keys.concat(images, Arrays.copyOfRange(digestEntry, name, digestEntry.length));
    }

    private boolean isUnreadable(byte[] key) {
        try {
            byte[] value = records == null ? null : records.get(key);
            return records == null || (value != null && image(key, value) == null);
        } catch (RuntimeException e) { // of the engine
            return true;
        }
    }

    /** Changes come in the order of their revisions, so the last one of a name tells how it is. */
    private boolean visitChange(byte[] revision, byte[] value) {
        try {
            Change change = ChangeCodec.decode(revision, whole((byte) 'c', revision, value));
            newestRevision = change.revision();
            byte[] key = Keys.image(change.namespace(), change.name());
            if (change.kind() == Change.Kind.DELETE) {
                unread.remove(key);
            } else if (unread.containsKey(key) || isUnreadable(key)) {
                unread.put(key, change.after());
            }
        } catch (RuntimeException e) { // of the engine, too
            problems.accept("the change of revision " + ByteBuffer.wrap(revision).getLong() + " cannot be read");
        }
        return true;
    }

    private void addUnread(byte[] key, byte[] message) {
        String name = "image " + GoQuote.quote(Keys.name(key)) + " in namespace " + Keys.namespace(key);
        Image image = message.length == 0 ? null : fromChange(message);
        if (image == null) {
            lost++;
            problems.accept(name + " cannot be read");
        } else {
            add(key, image);
            problems.accept(name + " cannot be read where it is; it is as the newest change tells that can be read");
        }
    }

    private static @Nullable Image fromChange(byte[] message) {
        try {
            return ImageCodec.image(new ImageRecord(0, 0, message, 0));
        } catch (ImageException e) {
            return null;
        }
    }

    private static boolean isRecord(byte[] key, byte[] value) {
        return !ValueStore.isInParts(value) && ImageCodec.decode(key, value).size() > 0;
    }

    private static boolean isDigestEntry(byte[] key) {
        int digest = Keys.nameOffset(key, 1);
        int name = Keys.nameOffset(key, 2);
        return Keys.namespace(key).length() > 0
                && new String(key, digest, name - digest, StandardCharsets.UTF_8).startsWith("sha");
    }

    private static boolean isChange(byte[] key, byte[] value) {
        return key.length == Long.BYTES && !ValueStore.isInParts(value) && ChangeCodec.decode(key, value).revision() > 0;
    }

    /** The entries of all other trees are smaller, or records. */
    private static boolean isPart(byte[] key, byte[] value) {
        boolean isTagged = key.length > 1 + Integer.BYTES && (key[0] == 'i' || key[0] == 'c');
        return isTagged && value.length == ValueStore.PART_BYTES;
    }
}
