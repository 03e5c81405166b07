package dev.imaged.server.xodus;

import dev.imaged.errors.GoQuote;
import dev.imaged.errors.ImageException;
import dev.imaged.errors.ImageException.FailedPrecondition;
import dev.imaged.images.Image;
import dev.imaged.server.engine.NamespacedImage;
import dev.imaged.server.engine.SalvageReport;
import dev.imaged.server.xodus.log.LogDamage;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import jetbrains.exodus.env.Transaction;
import org.jspecify.annotations.Nullable;

/**
 * Reads what can be read of a damaged store, and changes nothing in it. Each image is verified by its checksum. One whose record
 * cannot be read is taken from the newest change that tells it. For one thread, once.
 */
final class Salvage {
    private static final long CACHE_BYTES = 16L * 1024 * 1024;

    /** A state that cannot be read at all is followed by the one before it. */
    private static final int MAX_STATES = 100;

    private final Consumer<NamespacedImage> images;
    private final Consumer<String> problems;

    /** Images that cannot be read where they are, and what the newest change tells of them, if any does. */
    private final Map<byte[], byte[]> unread = new TreeMap<>(Arrays::compareUnsigned);

    private long read;
    private long lost;

    private Salvage(Consumer<NamespacedImage> images, Consumer<String> problems) {
        this.images = images;
        this.problems = problems;
    }

    /**
     * Reads a store.
     *
     * @param images takes each image that can be read
     * @param problems takes a line for each thing that cannot
     * @throws FailedPrecondition when there is no store in the folder, it is in use, or nothing can be read
     */
    static SalvageReport run(Path folder, Consumer<NamespacedImage> images, Consumer<String> problems) {
        Salvage salvage = new Salvage(images, problems);
        long end = Long.MAX_VALUE;
        for (int states = 0; states < MAX_STATES; states++) {
            try (XodusDatabase database = XodusDatabase.openReadOnly(folder, CACHE_BYTES, LogDamage.SKIP, end)) {
                SalvageReport report = database.read(salvage::read);
                if (report != null) {
                    return report;
                }
                end = database.requireOpen().newestRoot();
                problems.accept("the state that ends at address " + end + " of the log cannot be read; the one before it is tried");
            }
        }
        throw new FailedPrecondition("nothing can be read in data folder " + folder);
    }

    /** Reads one state of the store; null when none of its images can be read, though there are some. */
    private @Nullable SalvageReport read(XodusSchema schema, Transaction transaction) {
        boolean all = new ReadableEntries(schema.images().entries(), transaction)
                .forEach((key, value) -> visit(schema, transaction, key, value));
        boolean allNames = new ReadableEntries(schema.byDigest(), transaction)
                .forEach((key, value) -> visitName(schema, transaction, key));
        boolean allChanges = new ReadableEntries(schema.changes().entries(), transaction)
                .forEach((key, value) -> visitChange(schema, transaction, key, value));
        if (read == 0 && !(all && allChanges)) {
            unread.clear();
            return null;
        }
        unread.forEach(this::addUnread);
        if (!all && !(allNames && allChanges)) {
            problems.accept("there may be other images whose names cannot be read either");
        }
        return new SalvageReport(read, lost, all && lost == 0);
    }

    private boolean visit(XodusSchema schema, Transaction transaction, byte[] key, byte[] value) {
        Image image = image(schema, transaction, key, value);
        if (image == null) {
            unread.put(key, new byte[0]);
        } else {
            add(key, image);
        }
        return true;
    }

    private static @Nullable Image image(XodusSchema schema, Transaction transaction, byte[] key, byte[] value) {
        try {
            return ImageCodec.image(ImageCodec.decode(key, schema.images().whole(transaction, key, value)));
        } catch (RuntimeException e) { // of the engine, too
            return null;
        }
    }

    private void add(byte[] key, Image image) {
        images.accept(new NamespacedImage(Keys.namespace(key), image));
        read++;
    }

    private boolean visitName(XodusSchema schema, Transaction transaction, byte[] entry) {
        int name = Keys.nameOffset(entry, 2);
        byte[] key = Keys.concat(Keys.images(Keys.namespace(entry)), Arrays.copyOfRange(entry, name, entry.length));
        if (isUnreadable(schema, transaction, key)) {
            unread.putIfAbsent(key, new byte[0]);
        }
        return true;
    }

    private static boolean isUnreadable(XodusSchema schema, Transaction transaction, byte[] key) {
        try {
            byte[] value = schema.images().get(transaction, key);
            return value != null && image(schema, transaction, key, value) == null;
        } catch (RuntimeException e) { // of the engine
            return true;
        }
    }

    /** Changes come in the order of their revisions, so the last one of a name tells how it is. */
    private boolean visitChange(XodusSchema schema, Transaction transaction, byte[] revision, byte[] value) {
        try {
            Change change = ChangeCodec.decode(revision, schema.changes().whole(transaction, revision, value));
            byte[] key = Keys.image(change.namespace(), change.name());
            if (change.kind() == Change.Kind.DELETE) {
                unread.remove(key);
            } else if (unread.containsKey(key) || isUnreadable(schema, transaction, key)) {
                unread.put(key, change.after());
            }
        } catch (RuntimeException e) { // of the engine, too
            problems.accept("the change of a revision cannot be read");
        }
        return true;
    }

    private void addUnread(byte[] key, byte[] message) {
        String name = "image " + GoQuote.quote(Keys.name(key)) + " in namespace " + Keys.namespace(key);
        if (message.length > 0) {
            try {
                add(key, ImageCodec.image(new ImageRecord(0, 0, message, 0)));
                problems.accept(name + " cannot be read; it is as its newest change that can be read tells");
                return;
            } catch (ImageException e) {
                // It is lost.
            }
        }
        lost++;
        problems.accept(name + " cannot be read");
    }
}
