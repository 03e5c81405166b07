package dev.imaged.server.xodus;

import java.nio.ByteBuffer;
import jetbrains.exodus.env.Cursor;
import jetbrains.exodus.env.Transaction;

/** The revisions of the changes that a snapshot holds. */
final class Revisions {
    private Revisions() {}

    /** The revision of the last committed mutation, 0 before the first: its change always stays. */
    static long last(XodusSchema schema, Transaction transaction) {
        try (Cursor cursor = schema.changes().entries().openCursor(transaction)) {
            return cursor.getLast() ? revision(cursor) : 0;
        }
    }

    /** The revision of the oldest change that is kept, 1 when there is none. */
    static long oldestKept(XodusSchema schema, Transaction transaction) {
        try (Cursor cursor = schema.changes().entries().openCursor(transaction)) {
            return cursor.getNext() ? revision(cursor) : 1;
        }
    }

    private static long revision(Cursor cursor) {
        return ByteBuffer.wrap(Keys.bytes(cursor.getKey())).getLong();
    }
}
