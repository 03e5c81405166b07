package dev.imaged.server.xodus.cleaning;

import java.util.HashMap;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import jetbrains.exodus.ExodusException;
import jetbrains.exodus.env.EnvironmentImpl;
import jetbrains.exodus.env.ReadWriteTransaction;
import jetbrains.exodus.env.StoreImpl;
import jetbrains.exodus.log.Log;
import jetbrains.exodus.log.Loggable;
import jetbrains.exodus.log.LoggableIterator;
import jetbrains.exodus.log.RandomAccessLoggable;

/**
 * One file of the log whose contents are written again as far as they are in use. It goes in slices, each a transaction of its own,
 * and others may write between them: what a slice moved stays moved, and nothing new comes into an old file. For one thread.
 */
public final class FileEvacuation {
    private final EnvironmentImpl environment;
    private final long file;
    private final LoggableIterator rest;
    private final Map<Integer, StoreImpl> stores = new HashMap<>();
    private long moved;

    /** @param file its address, not that of the newest */
    public FileEvacuation(EnvironmentImpl environment, long file) {
        this.environment = environment;
        this.file = file;
        this.rest = environment.getLog().getLoggableIterator(file);
    }

    public long file() {
        return file;
    }

    /** How many bytes were written again so far. */
    public long moved() {
        return moved;
    }

    /**
     * Goes on with the next slice: what the next commits of the file wrote, until that is enough. Nobody else can write meanwhile.
     *
     * @param start is called once nobody else can write; after each commit of the file but the last, what it returns says whether
     *     to stop there
     * @return whether that was the last one: nothing of the file is in use any more
     * @throws jetbrains.exodus.env.TransactionAcquireTimeoutException when others write for long; the next try may do
     * @throws RuntimeException when it cannot go on; what earlier slices moved is in order
     */
    public boolean slice(Supplier<BooleanSupplier> start) {
        Log log = environment.getLog();
        // A transaction that cannot read the tree of trees would keep others from writing for good.
        environment.computeInReadonlyTransaction(environment::getAllStoreNames);
        ReadWriteTransaction transaction = environment.beginGCTransaction();
        try {
            BooleanSupplier enough = start.get();
            long before = log.getHighAddress();
            boolean isMore;
            do {
                isMore = next(transaction);
            } while (isMore && !enough.getAsBoolean());
            // The last one also has the tree of trees written again, which is in no slice.
            if ((!isMore || !transaction.isIdempotent()) && !transaction.forceFlush()) {
                throw new ExodusException("an exclusive transaction was not committed");
            }
            moved += log.getHighAddress() - before;
            return !isMore;
        } finally {
            transaction.abort();
        }
    }

    /** Moves what is in use of the rest of a commit in one tree; says whether there was any in the file. */
    private boolean next(ReadWriteTransaction transaction) {
        RandomAccessLoggable loggable = rest.next();
        if (loggable == null
                || loggable.getAddress() >= file + environment.getLog().getFileLengthBound()) {
            return false;
        }
        int tree = loggable.getStructureId();
        if (tree != Loggable.NO_STRUCTURE_ID && tree != EnvironmentImpl.META_TREE_ID) {
            stores.computeIfAbsent(tree, transaction::openStoreByStructureId).reclaim(transaction, loggable, rest);
        }
        return true;
    }
}
