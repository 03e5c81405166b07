package dev.imaged.server.xodus;

import jetbrains.exodus.env.Cursor;
import jetbrains.exodus.env.Store;
import jetbrains.exodus.env.Transaction;

/**
 * All entries of a store whose key begins with a prefix, in ascending order of the keys' bytes.
 *
 * @param prefix may be empty: all entries
 */
record KeyRange(Store store, byte[] prefix) {
    /** Sees one entry; says whether to go on. */
    interface Visitor {
        boolean visit(byte[] key, byte[] value);
    }

    /** Shows the entries to a visitor until it has enough. */
    void forEach(Transaction transaction, Visitor visitor) {
        forEach(transaction, prefix, visitor);
    }

    /** Shows the entries from a key on to a visitor until it has enough. */
    void forEach(Transaction transaction, byte[] from, Visitor visitor) {
        try (Cursor cursor = store.openCursor(transaction)) {
            if (cursor.getSearchKeyRange(Keys.iterable(from)) == null) {
                return;
            }
            do {
                byte[] key = Keys.bytes(cursor.getKey());
                if (!Keys.startsWith(key, prefix) || !visitor.visit(key, Keys.bytes(cursor.getValue()))) {
                    return;
                }
            } while (cursor.getNext());
        }
    }
}
