package dev.imaged.server.xodus;

import java.util.Arrays;
import jetbrains.exodus.ByteIterable;
import jetbrains.exodus.tree.ITree;
import jetbrains.exodus.tree.ITreeCursor;
import org.jspecify.annotations.Nullable;

/** The entries of a damaged tree that can be read: what cannot is left out, and the search goes on behind it. */
record ReadableEntries(ITree tree) {
    private static final int BYTES = 256;

    /** Shows all entries that can be read, in ascending order of their keys, until the visitor has enough; says whether it saw all. */
    boolean forEach(KeyRange.Visitor visitor) {
        boolean all = true;
        byte[] from = {};
        while (from != null) {
            byte[][] last = {from};
            try {
                return walk(last, visitor) && all;
            } catch (RuntimeException e) { // of the engine: a visitor keeps its own
                all = false;
                from = firstReadableAfter(last[0]);
            }
        }
        return false;
    }

    /** Goes on from the last key, which it sets; says whether it came to the end. */
    private boolean walk(byte[][] last, KeyRange.Visitor visitor) {
        try (ITreeCursor cursor = tree.openCursor()) {
            if (cursor.getSearchKeyRange(Keys.iterable(last[0])) == null) {
                return true;
            }
            do {
                byte[] key = Keys.bytes(cursor.getKey());
                byte[] value = Keys.bytes(cursor.getValue());
                last[0] = key;
                if (!visitor.visit(key, value)) {
                    return false;
                }
            } while (cursor.getNext());
            return true;
        }
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
                try (ITreeCursor cursor = tree.openCursor()) {
                    return cursor.getSearchKeyRange(Keys.iterable(prefix)) == null ? null : prefix;
                } catch (RuntimeException e) {
                    // The next may do.
                }
            }
        }
        return null;
    }

    /** Returns the value of a key, null when there is none. */
    byte @Nullable [] get(byte[] key) {
        ByteIterable value = tree.get(Keys.iterable(key));
        return value == null ? null : Keys.bytes(value);
    }
}
