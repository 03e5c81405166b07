package dev.imaged.server.xodus;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.Map;
import java.util.function.Consumer;
import jetbrains.exodus.log.Log;
import jetbrains.exodus.log.Loggable;
import jetbrains.exodus.log.LogUtil;
import jetbrains.exodus.log.LoggableIterator;
import jetbrains.exodus.tree.ITree;
import jetbrains.exodus.tree.btree.BTree;
import jetbrains.exodus.tree.btree.BTreeBase;
import jetbrains.exodus.tree.patricia.PatriciaTree;
import jetbrains.exodus.tree.patricia.PatriciaTreeBase;
import org.jspecify.annotations.Nullable;

/**
 * The trees of a damaged log. Each is found by its own root, because that of the database leads to none when a part of what it
 * stands on is missing, and is told by what it holds, because only the database knows its name. For one thread.
 */
final class SalvagedTrees {
    /** How many entries of a tree are looked at to tell which it is. */
    private static final int LOOKED_AT = 20;

    private final Log log;
    private final Consumer<String> problems;

    /** Where the roots of each tree are, the newest last. */
    private final Map<Integer, List<Long>> prefixTrees = new TreeMap<>();

    private final Map<Integer, List<Long>> bTrees = new TreeMap<>();

    private SalvagedTrees(Log log, Consumer<String> problems) {
        this.log = log;
        this.problems = problems;
    }

    /**
     * Reads a log for the roots of its trees.
     *
     * @param problems takes a line for each file that cannot be read to its end
     */
    static SalvagedTrees in(Log log, Consumer<String> problems) {
        SalvagedTrees trees = new SalvagedTrees(log, problems);
        long[] newestFirst = log.getAllFileAddresses();
        for (int i = newestFirst.length - 1; i >= 0; i--) {
            trees.scan(newestFirst[i]);
        }
        return trees;
    }

    private void scan(long file) {
        try {
            LoggableIterator loggables = log.getLoggableIterator(file);
            for (Loggable next = loggables.next(); isIn(next, file); next = loggables.next()) {
                add(next);
            }
        } catch (RuntimeException e) { // of the engine
            problems.accept("file " + LogUtil.getLogFilename(file) + " cannot be read to its end: " + e.getMessage());
        }
    }

    private boolean isIn(@Nullable Loggable loggable, long file) {
        return loggable != null && loggable.getAddress() < file + log.getFileLengthBound();
    }

    private void add(Loggable loggable) {
        int type = loggable.getType();
        Map<Integer, List<Long>> trees = null;
        if (type == BTreeBase.BOTTOM_ROOT || type == BTreeBase.INTERNAL_ROOT) {
            trees = bTrees;
        } else if (type >= PatriciaTreeBase.NODE_WO_KEY_WO_VALUE_WO_CHILDREN
                && type <= PatriciaTreeBase.MAX_VALID_LOGGABLE_TYPE
                && ((type - PatriciaTreeBase.NODE_WO_KEY_WO_VALUE_WO_CHILDREN) & PatriciaTreeBase.ROOT_BIT) != 0) {
            trees = prefixTrees;
        }
        if (trees != null) {
            trees.computeIfAbsent(loggable.getStructureId(), any -> new ArrayList<>()).add(loggable.getAddress());
        }
    }

    /** Says whether an entry can only be one of a certain tree. */
    interface Kind {
        boolean has(byte[] key, byte[] value);
    }

    /** Returns the newest state of the prefix tree that has entries of a kind, null when there is none. */
    @Nullable
    ReadableEntries prefixTree(String what, Kind kind) {
        return find(what, kind, prefixTrees, (root, id) -> new PatriciaTree(log, root, id));
    }

    /** Returns the newest state of the B+ tree that has entries of a kind, null when there is none. */
    @Nullable
    ReadableEntries bTree(String what, Kind kind) {
        return find(what, kind, bTrees, (root, id) -> new BTree(log, root, false, id));
    }

    private interface Opening {
        ITree open(long root, int id);
    }

    private @Nullable ReadableEntries find(
            String what, Kind kind, Map<Integer, List<Long>> trees, Opening opening) {
        for (Map.Entry<Integer, List<Long>> tree : trees.entrySet()) {
            List<Long> roots = tree.getValue();
            for (int i = roots.size() - 1; i >= 0; i--) {
                ReadableEntries entries = open(roots.get(i), tree.getKey(), opening);
                if (entries != null && isKind(entries, kind)) {
                    if (i < roots.size() - 1) {
                        problems.accept("the newest state of the tree of " + what + " cannot be read; an older one is");
                    }
                    return entries;
                } else if (entries != null) {
                    break; // it is of another kind, or empty
                }
            }
        }
        return null;
    }

    private static @Nullable ReadableEntries open(long root, int id, Opening opening) {
        try {
            ReadableEntries entries = new ReadableEntries(opening.open(root, id));
            boolean[] any = new boolean[1];
            boolean all = entries.forEach((key, value) -> {
                any[0] = true;
                return false;
            });
            return any[0] || all ? entries : null;
        } catch (RuntimeException e) { // of the engine
            return null;
        }
    }

    private static boolean isKind(ReadableEntries entries, Kind kind) {
        int[] seen = new int[1];
        boolean[] found = new boolean[1];
        entries.forEach((key, value) -> {
            found[0] |= isKind(kind, key, value);
            seen[0]++;
            return !found[0] && seen[0] < LOOKED_AT;
        });
        return found[0];
    }

    private static boolean isKind(Kind kind, byte[] key, byte[] value) {
        try {
            return kind.has(key, value);
        } catch (RuntimeException e) { // what is of another tree makes no sense
            return false;
        }
    }
}
