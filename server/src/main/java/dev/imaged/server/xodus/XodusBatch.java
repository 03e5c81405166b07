package dev.imaged.server.xodus;

import dev.imaged.server.store.kv.Table;
import dev.imaged.server.store.kv.WriteBatch;
import java.util.function.UnaryOperator;
import jetbrains.exodus.env.Transaction;

/** The changes of an exclusive transaction. */
final class XodusBatch extends XodusSnapshot implements WriteBatch {
    private boolean isEmpty = true;
    private boolean isRolledBack;
    private long revision;

    XodusBatch(Tables tables, Object identity, Transaction transaction, UnaryOperator<RuntimeException> errors) {
        super(tables, identity, transaction, errors);
    }

    @Override
    public void put(Table table, byte[] key, byte[] value) {
        isEmpty = false;
        try {
            store(table).put(transaction(), iterable(key), iterable(value));
        } catch (RuntimeException e) {
            throw translated(e);
        }
    }

    @Override
    public void append(Table table, byte[] key, byte[] value) {
        isEmpty = false;
        try {
            store(table).putRight(transaction(), iterable(key), iterable(value));
        } catch (RuntimeException e) {
            throw translated(e);
        }
    }

    @Override
    public void delete(Table table, byte[] key) {
        isEmpty = false;
        try {
            store(table).delete(transaction(), iterable(key));
        } catch (RuntimeException e) {
            throw translated(e);
        }
    }

    @Override
    public void drop(Table table) {
        isEmpty = false;
        try {
            if (transaction().getEnvironment().storeExists(table.name(), transaction())) {
                transaction().getEnvironment().removeStore(table.name(), transaction());
            }
        } catch (RuntimeException e) {
            throw translated(e);
        }
    }

    @Override
    public void revision(long made) {
        revision = made;
    }

    /** Returns the revision that the batch makes, 0 when it makes none. */
    long revision() {
        return revision;
    }

    @Override
    public void rollBack() {
        isRolledBack = true;
    }

    /** Whether there is something to commit. */
    boolean isToCommit() {
        return !isEmpty && !isRolledBack;
    }
}
