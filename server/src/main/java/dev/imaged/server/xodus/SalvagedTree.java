package dev.imaged.server.xodus;

import dev.imaged.server.store.kv.EntryVisitor;
import dev.imaged.server.store.kv.SalvagedTable;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import jetbrains.exodus.log.Log;
import org.jspecify.annotations.Nullable;

/**
 * A prefix tree of a damaged log, without the nodes that cannot be read.
 *
 * @param root the address of its root in the log
 */
record SalvagedTree(Log log, long root) implements SalvagedTable {
    /** A node that is still to be visited, and the key that leads to it. */
    private record Branch(long address, byte[] prefix) {}

    @Override
    public boolean scan(EntryVisitor visitor) {
        boolean all = true;
        Deque<Branch> branches = new ArrayDeque<>();
        branches.push(new Branch(root, new byte[0]));
        while (!branches.isEmpty()) {
            Branch branch = branches.pop();
            SalvagedNode node = read(branch.address());
            if (node == null) {
                all = false;
                continue;
            }
            byte[] key = concat(branch.prefix(), node.key());
            if (node.value() != null && !visitor.visit(key, node.value())) {
                return false;
            }
            for (int i = node.children().length - 1; i >= 0; i--) {
                byte[] prefix = concat(key, new byte[] {node.bytes()[i]});
                branches.push(new Branch(node.children()[i], prefix));
            }
        }
        return all;
    }

    private @Nullable SalvagedNode read(long address) {
        try {
            return SalvagedNode.read(log, address);
        } catch (RuntimeException e) { // of the engine
            return null;
        }
    }

    boolean isReadable() {
        return read(root) != null;
    }

    @Override
    public byte @Nullable [] get(byte[] key) {
        SalvagedNode node = SalvagedNode.read(log, root);
        int matched = 0;
        while (true) {
            int end = matched + node.key().length;
            if (end > key.length || !Arrays.equals(key, matched, end, node.key(), 0, node.key().length)) {
                return null;
            }
            if (end == key.length) {
                return node.value();
            }
            int child = indexOf(node.bytes(), key[end]);
            if (child < 0) {
                return null;
            }
            node = SalvagedNode.read(log, node.children()[child]);
            matched = end + 1;
        }
    }

    private static int indexOf(byte[] bytes, byte wanted) {
        for (int i = 0; i < bytes.length; i++) {
            if (bytes[i] == wanted) {
                return i;
            }
        }
        return -1;
    }

    private static byte[] concat(byte[] prefix, byte[] rest) {
        byte[] key = Arrays.copyOf(prefix, prefix.length + rest.length);
        System.arraycopy(rest, 0, key, prefix.length, rest.length);
        return key;
    }
}
