package dev.imaged.server.xodus;

import java.util.List;
import jetbrains.exodus.env.Environment;
import jetbrains.exodus.env.Store;
import jetbrains.exodus.env.StoreConfig;
import jetbrains.exodus.env.Transaction;

/**
 * The stores of a database, version {@value #VERSION}. {@link Keys} builds the keys, {@link ImageCodec} and
 * {@link ChangeCodec} the values; integers in keys are big endian; {@code <x>} is x with 0x00 escaped as 0x00 0xFF, so that
 * order and prefixes stay true.
 *
 * <pre>
 * meta         schema, instance id
 * namespaces   ns                                        -> labels (none yet)
 * images       ns 0x00 name                              -> version, crc, created and modified revision, image
 * by_digest    ns 0x00 digest 0x00 name                  -> ()
 * by_label     ns 0x00 &lt;key> 0x00 &lt;value> 0x00 name -> ()
 * changes      revision (8 bytes)                        -> version, crc, time, kind, previous, ns, name, image before and after
 * deleted      ns 0x00 name                              -> revision (8 bytes)
 * parts        store (1 byte) key number (4 bytes)       -> a part of a large value, as {@link ValueStore} says
 * </pre>
 *
 * <p>Every committed mutation takes the next revision and writes its record, its index entries and its change in the same
 * transaction. The history of a name is the changes that begin at its record's modified revision, or at its entry in
 * {@code deleted}, and lead back over the previous revision that each tells. What is sorted by names is a Patricia tree, which costs half of a B+ tree's writes.
 */
record XodusSchema(
        Store meta,
        Store namespaces,
        ValueStore images,
        Store byDigest,
        Store byLabel,
        ValueStore changes,
        Store deleted) {
    static final int VERSION = 2;

    /** The names of the stores, in the order of the drawing. */
    static final List<String> STORES =
            List.of("meta", "namespaces", "images", "by_digest", "by_label", "changes", "deleted", "parts");

    /** Opens all stores at once: a read transaction cannot. */
    static XodusSchema open(Environment environment, Transaction transaction) {
        StoreConfig bTree = StoreConfig.WITHOUT_DUPLICATES;
        StoreConfig patricia = StoreConfig.WITHOUT_DUPLICATES_WITH_PREFIXING;
        Store parts = environment.openStore("parts", patricia, transaction);
        return new XodusSchema(
                environment.openStore("meta", bTree, transaction),
                environment.openStore("namespaces", bTree, transaction),
                new ValueStore(environment.openStore("images", patricia, transaction), parts, (byte) 'i'),
                environment.openStore("by_digest", patricia, transaction),
                environment.openStore("by_label", patricia, transaction),
                new ValueStore(environment.openStore("changes", bTree, transaction), parts, (byte) 'c'),
                environment.openStore("deleted", patricia, transaction));
    }
}
