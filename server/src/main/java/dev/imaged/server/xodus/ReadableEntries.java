package dev.imaged.server.xodus;

import java.util.Arrays;
import jetbrains.exodus.ByteIterable;
import jetbrains.exodus.env.Cursor;
import jetbrains.exodus.env.Store;
import jetbrains.exodus.env.Transaction;
import org.jspecify.annotations.Nullable;

/** The entries of a damaged store that can be read: what cannot is left out, and the search goes on behind it. */
record ReadableEntries(Store store, Transaction transaction) {
    private static final int BYTES = 256;

    /** Shows all entries that can be read, in ascending order of their keys; says whether those are all. */
    boolean forEach(KeyRange.Visitor visitor) {
        boolean all = true;
        byte[] from = {};
        while (from != null) {
            byte[][] last = {from};
            try {
                new KeyRange(store, new byte[0]).forEach(transaction, from, (key, value) -> {
                    last[0] = key;
                    return visitor.visit(key, value);
                });
                return all;
            } catch (RuntimeException e) { // of the engine: a visitor keeps its own
                all = false;
                from = firstReadableAfter(last[0]);
            }
        }
        return false;
    }

    /**
     * Returns where a search may go on: the first prefix behind a key, from the longest to the shortest, from which on a key can
     * be found; null when there is none. What cannot be read is a node of the tree, and so all keys that begin alike.
     */
    private byte @Nullable [] firstReadableAfter(byte[] key) {
        for (int length = key.length; length >= 0; length--) {
            byte[] prefix = Arrays.copyOf(key, length + 1);
            int first = length == key.length ? 0 : 1 + Byte.toUnsignedInt(key[length]);
            for (int next = first; next < BYTES; next++) {
                prefix[length] = (byte) next;
                try (Cursor cursor = store.openCursor(transaction)) {
                    ByteIterable found = cursor.getSearchKeyRange(Keys.iterable(prefix));
                    return found == null ? null : prefix;
                } catch (RuntimeException e) {
                    // The next may do.
                }
            }
        }
        return null;
    }
}
