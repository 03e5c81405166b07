package dev.imaged.server.xodus;

import dev.imaged.errors.ImageException.FailedPrecondition;
import dev.imaged.server.store.kv.Contents;
import dev.imaged.server.store.kv.EntryVisitor;
import dev.imaged.server.store.kv.SalvagedDatabase;
import dev.imaged.server.xodus.log.LogFiles;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import jetbrains.exodus.log.Log;
import jetbrains.exodus.log.LogUtil;
import jetbrains.exodus.log.LoggableIterator;
import jetbrains.exodus.log.RandomAccessLoggable;
import jetbrains.exodus.tree.btree.BTreeBase;
import org.jspecify.annotations.Nullable;

/**
 * The readable part of a damaged log, found from its files alone, because the root of the database is of no use when a part below it
 * is missing. A tree is recognised by its entries, because only the database knows its name. For one thread.
 */
final class SalvagedLog implements SalvagedDatabase {
    /** How many entries of a tree are read to recognise it. */
    private static final int LOOKED_AT = 20;

    private static final long CACHE_BYTES = 16L * 1024 * 1024;

    private final LockedFolder folder;
    private final Log log;
    private final long acknowledgedRevision;
    private final Consumer<String> problems;

    private boolean isIncomplete;

    /** The addresses of the roots of each prefix tree, the newest last. */
    private final Map<Integer, List<Long>> roots = new TreeMap<>();

    private SalvagedLog(LockedFolder folder, Log log, long acknowledgedRevision, Consumer<String> problems) {
        this.folder = folder;
        this.log = log;
        this.acknowledgedRevision = acknowledgedRevision;
        this.problems = problems;
        forEach(this::addRoot, problem -> {
            problems.accept(problem);
            isIncomplete = true;
        });
    }

    /**
     * Finds the trees of the log in a data folder.
     *
     * @param problems takes a line for each file that cannot be read to its end
     * @throws FailedPrecondition when there is no store in the folder, or it is in use
     */
    static SalvagedLog open(Path folder, Contents contents, Consumer<String> problems) {
        LockedFolder locked = FolderMarker.prepareToRead(folder, contents);
        Log log = null;
        SalvagedLog salvaged = null;
        try {
            LogFiles files = LogFiles.in(
                    FolderMarker.database(locked.folder()),
                    OpenDatabase.LOG_PAGE_BYTES,
                    OpenDatabase.LOG_FILE_KIB * 1024,
                    UnaryOperator.identity());
            log = OpenDatabase.openLog(files, CACHE_BYTES, OpenDatabase.LOG_FILE_KIB);
            salvaged = new SalvagedLog(locked, log, files.acknowledgedRevision(), problems);
            return salvaged;
        } catch (IOException e) {
            throw new FailedPrecondition("data folder " + folder + " cannot be read: " + e, e);
        } finally {
            if (salvaged == null) {
                close(log, locked);
            }
        }
    }

    /** Whether a file could not be read to its end, or an older state of a tree is used. */
    @Override
    public boolean isIncomplete() {
        return isIncomplete;
    }

    private void addRoot(RandomAccessLoggable loggable) {
        if (SalvagedNode.isRoot(loggable.getType())) {
            roots.computeIfAbsent(loggable.getStructureId(), any -> new ArrayList<>())
                    .add(loggable.getAddress());
        }
    }

    /** Shows the entries of all B+ trees, in the order in which they were written. The log holds such an entry in one piece. */
    @Override
    public void scanOthers(EntryVisitor leaves) {
        Consumer<String> told = problem -> {};
        forEach(
                loggable -> {
                    if (loggable.getType() == BTreeBase.LEAF) {
                        visit(loggable, leaves);
                    }
                },
                told);
    }

    private void forEach(Consumer<RandomAccessLoggable> action, Consumer<String> unreadable) {
        long[] newestFirst = log.getAllFileAddresses();
        for (int i = newestFirst.length - 1; i >= 0; i--) {
            long file = newestFirst[i];
            try {
                LoggableIterator loggables = log.getLoggableIterator(file);
                for (RandomAccessLoggable next = loggables.next(); isIn(next, file); next = loggables.next()) {
                    action.accept(next);
                }
            } catch (RuntimeException e) { // of the engine
                unreadable.accept(
                        "file " + LogUtil.getLogFilename(file) + " cannot be read to its end: " + e.getMessage());
            }
        }
    }

    private static void visit(RandomAccessLoggable leaf, EntryVisitor leaves) {
        ByteBuffer in = ByteBuffer.wrap(SalvagedNode.data(leaf));
        byte[] key = new byte[(int) SalvagedNode.number(in)];
        in.get(key);
        byte[] value = new byte[in.remaining()];
        in.get(value);
        leaves.visit(key, value);
    }

    private boolean isIn(@Nullable RandomAccessLoggable loggable, long file) {
        return loggable != null && loggable.getAddress() < file + log.getFileLengthBound();
    }

    @Override
    public @Nullable SalvagedTree find(String what, EntryVisitor isOfTree) {
        for (List<Long> states : roots.values()) {
            for (int i = states.size() - 1; i >= 0; i--) {
                SalvagedTree tree = new SalvagedTree(log, states.get(i));
                if (!tree.isReadable()) {
                    continue;
                }
                if (hasEntry(tree, isOfTree)) {
                    if (i < states.size() - 1) {
                        isIncomplete = true;
                        problems.accept(
                                "the newest state of the tree of " + what + " cannot be read; an older one is used");
                    }
                    return tree;
                }
                break; // the tree is another one, or empty
            }
        }
        return null;
    }

    private static boolean hasEntry(SalvagedTree tree, EntryVisitor isOfTree) {
        int[] seen = new int[1];
        boolean[] found = new boolean[1];
        tree.scan((key, value) -> {
            found[0] |= isOfTree(isOfTree, key, value);
            seen[0]++;
            return !found[0] && seen[0] < LOOKED_AT;
        });
        return found[0];
    }

    private static boolean isOfTree(EntryVisitor isOfTree, byte[] key, byte[] value) {
        try {
            return isOfTree.visit(key, value);
        } catch (RuntimeException e) { // an entry of another tree makes no sense
            return false;
        }
    }

    @Override
    public long acknowledgedRevision() {
        return acknowledgedRevision;
    }

    @Override
    public void close() {
        close(log, folder);
    }

    private static void close(@Nullable Log log, LockedFolder folder) {
        try {
            if (log != null) {
                log.close();
            }
        } finally {
            folder.close();
        }
    }
}
