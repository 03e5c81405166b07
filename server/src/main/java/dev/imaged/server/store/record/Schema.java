package dev.imaged.server.store.record;

import dev.imaged.server.store.kv.Snapshot;
import dev.imaged.server.store.kv.Table;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * The tables of a store, version {@value #VERSION}. {@link Keys} builds the keys, {@link ImageCodec} and
 * {@link ChangeCodec} the values. Integers in keys are big endian. {@code <x>} is x with 0x00 escaped as 0x00 0xFF, which keeps
 * the order and the prefixes of keys.
 *
 * <pre>
 * meta         schema, instance id; migration while one runs; base, fill and keys left out of a store that follows another
 * namespaces   ns                                        -> labels (none yet)
 * images       ns 0x00 name                              -> version, crc, created and modified revision, image
 * by_digest    ns 0x00 digest 0x00 name                  -> ()
 * by_label     ns 0x00 &lt;key> 0x00 &lt;value> 0x00 name -> ()
 * changes      revision (8 bytes)                        -> version, crc, time, kind, previous, ns, name, image before and after,
 *              revision (8 bytes) index (2 bytes)           created revision, cause
 * requests     ns 0x00 request id                        -> revision (8 bytes)
 * deleted      ns 0x00 name                              -> revision (8 bytes)
 * parts        table (1 byte) key number (4 bytes)       -> a part of a large value, as {@link ValueTable} says
 * </pre>
 *
 * <p>A commit takes one revision, and writes its records, its index entries and its changes in the same transaction. Its first
 * change has the index 0, which its key leaves out; a commit of several changes has them in the order of their names. There may be
 * gaps between revisions. The history of a name starts with the change of its record's modified revision, or of its entry in
 * {@code deleted}. From there each change holds the revision of the one before. A commit with a request id has an entry in
 * {@code requests} as long as its changes are kept.
 */
public final class Schema {
    public static final int VERSION = 3;

    public static final Table META = new Table("meta", false);
    public static final Table NAMESPACES = new Table("namespaces", false);
    public static final Table BY_DIGEST = new Table("by_digest", true);
    public static final Table BY_LABEL = new Table("by_label", true);
    public static final Table DELETED = new Table("deleted", true);
    public static final Table REQUESTS = new Table("requests", false);
    static final Table PARTS = new Table("parts", true);
    public static final ValueTable IMAGES = new ValueTable(new Table("images", true), PARTS, (byte) 'i');
    public static final ValueTable CHANGES = new ValueTable(new Table("changes", false), PARTS, (byte) 'c');

    /** In the order of the drawing. */
    public static final List<Table> TABLES = List.of(
            META, NAMESPACES, IMAGES.entries(), BY_DIGEST, BY_LABEL, CHANGES.entries(), REQUESTS, DELETED, PARTS);

    private Schema() {}

    /** Returns the namespaces that ever had an image, in byte order. */
    public static List<String> namespaces(Snapshot snapshot) {
        List<String> names = new ArrayList<>();
        snapshot.scan(NAMESPACES, new byte[0], (key, value) -> names.add(new String(key, StandardCharsets.UTF_8)));
        return names;
    }
}
