package dev.imaged.server.xodus;

import dev.imaged.server.store.kv.EntryVisitor;
import dev.imaged.server.store.kv.KeySteps;
import dev.imaged.server.store.kv.Snapshot;
import dev.imaged.server.store.kv.Table;
import java.util.Arrays;
import java.util.function.UnaryOperator;
import jetbrains.exodus.ArrayByteIterable;
import jetbrains.exodus.ByteIterable;
import jetbrains.exodus.env.Cursor;
import jetbrains.exodus.env.Store;
import jetbrains.exodus.env.Transaction;
import org.jspecify.annotations.Nullable;

/** A snapshot of a Xodus database: a transaction. */
class XodusSnapshot implements Snapshot {
    /** After this many keys in a row that do not fit, the next one that may fit is searched for. The search costs as much as reading them. */
    private static final int NEAR = 8;

    private static final byte[] NOTHING = {};

    private final Tables tables;
    private final Object identity;
    private final Transaction transaction;
    private final UnaryOperator<RuntimeException> errors;

    /** @param errors returns the exception to throw instead of one of the engine */
    XodusSnapshot(Tables tables, Object identity, Transaction transaction, UnaryOperator<RuntimeException> errors) {
        this.tables = tables;
        this.identity = identity;
        this.transaction = transaction;
        this.errors = errors;
    }

    @Override
    public Object identity() {
        return identity;
    }

    @Override
    public byte @Nullable [] get(Table table, byte[] key) {
        try {
            ByteIterable value = store(table).get(transaction, iterable(key));
            return value == null ? null : bytes(value);
        } catch (RuntimeException e) {
            throw translated(e);
        }
    }

    @Override
    public boolean contains(Table table, byte[] key) {
        try {
            return store(table).get(transaction, iterable(key)) != null;
        } catch (RuntimeException e) {
            throw translated(e);
        }
    }

    @Override
    public byte @Nullable [] firstKey(Table table) {
        try (Cursor cursor = store(table).openCursor(transaction)) {
            return cursor.getNext() ? bytes(cursor.getKey()) : null;
        } catch (RuntimeException e) {
            throw translated(e);
        }
    }

    @Override
    public byte @Nullable [] lastKey(Table table) {
        try (Cursor cursor = store(table).openCursor(transaction)) {
            return cursor.getLast() ? bytes(cursor.getKey()) : null;
        } catch (RuntimeException e) {
            throw translated(e);
        }
    }

    @Override
    public void scan(Table table, byte[] prefix, byte[] from, EntryVisitor visitor) {
        try (Cursor cursor = store(table).openCursor(transaction)) {
            if (cursor.getSearchKeyRange(iterable(from)) == null) {
                return;
            }
            do {
                byte[] key = bytes(cursor.getKey());
                if (!startsWith(key, prefix) || !visitor.visit(key, bytes(cursor.getValue()))) {
                    return;
                }
            } while (cursor.getNext());
        } catch (RuntimeException e) { // of the visitor, too, which stays as it is
            throw translated(e);
        }
    }

    @Override
    public void scan(Table table, KeySteps steps, EntryVisitor visitor) {
        byte[] next = steps.next(NOTHING);
        try (Cursor cursor = store(table).openCursor(transaction)) {
            boolean found = next != null && cursor.getSearchKeyRange(iterable(next)) != null;
            for (int misses = 0; found; ) {
                byte[] key = bytes(cursor.getKey());
                next = steps.next(key);
                boolean fits = next == key;
                misses = fits ? 0 : misses + 1;
                if (next == null || !(fits ? visitor.visit(key, bytes(cursor.getValue())) : visitor.skip())) {
                    return;
                }
                found = misses < NEAR ? cursor.getNext() : cursor.getSearchKeyRange(iterable(next)) != null;
                misses %= NEAR;
            }
        } catch (RuntimeException e) { // of the visitor, too, which stays as it is
            throw translated(e);
        }
    }

    @Override
    public long count(Table table) {
        try {
            return store(table).count(transaction);
        } catch (RuntimeException e) {
            throw translated(e);
        }
    }

    Transaction transaction() {
        return transaction;
    }

    RuntimeException translated(RuntimeException error) {
        return errors.apply(error);
    }

    Store store(Table table) {
        return tables.store(table);
    }

    static ByteIterable iterable(byte[] bytes) {
        return new ArrayByteIterable(bytes);
    }

    /** Returns the bytes of an iterable, in an array of exactly their length. */
    private static byte[] bytes(ByteIterable iterable) {
        byte[] bytes = iterable.getBytesUnsafe();
        return bytes.length == iterable.getLength() ? bytes : Arrays.copyOf(bytes, iterable.getLength());
    }

    private static boolean startsWith(byte[] key, byte[] prefix) {
        return key.length >= prefix.length && Arrays.equals(key, 0, prefix.length, prefix, 0, prefix.length);
    }
}
