package dev.imaged.server.store.migration;

import dev.imaged.images.Image;
import dev.imaged.server.store.kv.Database;
import dev.imaged.server.store.kv.Snapshot;
import dev.imaged.server.store.record.Change;
import dev.imaged.server.store.record.ChangeCodec;
import dev.imaged.server.store.record.EncodedRecord;
import dev.imaged.server.store.record.ImageCodec;
import dev.imaged.server.store.record.Keys;
import dev.imaged.server.store.record.Revisions;
import dev.imaged.server.store.record.Schema;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.zip.CRC32;

/**
 * All that a store holds, in a line each: the revisions, the namespaces, the images with their revisions, times and message, the
 * changes with their images, and the history of each name.
 */
public final class StoreLines {
    private static final byte[] ALL = {};

    private StoreLines() {}

    public static List<String> of(Database database) {
        return database.read(snapshot -> {
            List<String> lines = new ArrayList<>();
            lines.add("revision " + Revisions.last(snapshot));
            lines.add("oldest " + Revisions.oldestKept(snapshot));
            Schema.namespaces(snapshot).forEach(namespace -> lines.add("namespace " + namespace));
            Schema.IMAGES.scan(snapshot, ALL, ALL, (key, value) -> lines.add(image(key, value)));
            Schema.CHANGES.scan(snapshot, ALL, ALL, (key, value) -> lines.add(change(ChangeCodec.decode(key, value))));
            addHistories(snapshot, lines);
            return lines;
        });
    }

    private static String image(byte[] key, byte[] value) {
        EncodedRecord record = ImageCodec.decode(key, value);
        Image image = ImageCodec.image(record);
        return "image %s %d %d %s %s %s %s %s"
                .formatted(
                        text(key),
                        record.createdRevision(),
                        record.modifiedRevision(),
                        image.createdAt(),
                        image.updatedAt(),
                        image.target().digest(),
                        new TreeMap<>(image.labels()).toString().replace("\0", "\\0"),
                        bytes(record.messageBytes()));
    }

    private static String change(Change change) {
        return "change %d %s %s %s %s %s %s"
                .formatted(
                        change.revision(),
                        change.time(),
                        change.kind(),
                        change.namespace(),
                        change.name().replace("\0", "\\0"),
                        bytes(change.before()),
                        bytes(change.after()));
    }

    /** The history of a name leads back from its record, or from its entry among the deleted names. */
    private static void addHistories(Snapshot snapshot, List<String> lines) {
        TreeMap<byte[], Long> newest = new TreeMap<>(StoreLines::compareAsSchema1);
        Schema.IMAGES.scan(snapshot, ALL, ALL, (key, value) -> {
            newest.put(key, ImageCodec.decode(key, value).modifiedRevision());
            return true;
        });
        snapshot.scan(Schema.DELETED, ALL, (key, value) -> {
            newest.put(key, ByteBuffer.wrap(value).getLong());
            return true;
        });
        newest.forEach((image, revision) -> {
            List<String> history = new ArrayList<>();
            long next = revision;
            byte[] value = Schema.CHANGES.get(snapshot, Keys.revision(next));
            while (value != null) {
                history.add(0, "history " + text(image) + " " + next);
                next = ChangeCodec.decode(Keys.revision(next), value).previous();
                value = Schema.CHANGES.get(snapshot, Keys.revision(next));
            }
            lines.addAll(history);
        });
    }

    /** Schema 1 sorted histories by the name with a separator behind it. */
    private static int compareAsSchema1(byte[] a, byte[] b) {
        return text(a).replace("\\0", "\0\u00FF").compareTo(text(b).replace("\\0", "\0\u00FF"));
    }

    private static String text(byte[] key) {
        return new String(key, StandardCharsets.UTF_8).replace("\0", "\\0");
    }

    private static String bytes(byte[] bytes) {
        CRC32 crc = new CRC32();
        crc.update(bytes);
        return bytes.length + "/" + Long.toHexString(crc.getValue());
    }
}
