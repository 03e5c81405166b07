package dev.imaged.server.xodus;

import java.nio.ByteBuffer;
import jetbrains.exodus.ByteIterator;
import jetbrains.exodus.log.Log;
import jetbrains.exodus.log.RandomAccessLoggable;
import jetbrains.exodus.tree.patricia.PatriciaTreeBase;
import org.jspecify.annotations.Nullable;

/**
 * A node of a prefix tree as the log holds it. The engine's own cursors end at the first node that cannot be read. A reader of these
 * nodes goes on with the next one.
 *
 * @param key the bytes that the node adds to the key of its parent and to the byte that leads to the node
 * @param value null when there is none
 * @param bytes the bytes that lead to the children, in ascending order
 * @param children the addresses of the children in the log
 */
record SalvagedNode(byte[] key, byte @Nullable [] value, byte[] bytes, long[] children) {
    /** A greater count of children says that their addresses are relative to one. */
    private static final int RELATIVE = 257;

    /** Up to this many children are listed. More are a set of bits, unless there are all. */
    private static final int MAX_LISTED = 32;

    private static final int ALL = 256;

    /** Whether a type of loggable is that of the root of a prefix tree. */
    static boolean isRoot(byte type) {
        return type >= PatriciaTreeBase.NODE_WO_KEY_WO_VALUE_WO_CHILDREN
                && type <= PatriciaTreeBase.MAX_VALID_LOGGABLE_TYPE
                && has(type, PatriciaTreeBase.ROOT_BIT);
    }

    private static boolean has(byte type, byte bit) {
        return ((type - PatriciaTreeBase.NODE_WO_KEY_WO_VALUE_WO_CHILDREN) & bit) != 0;
    }

    /** @throws RuntimeException of any kind when no node can be read there */
    static SalvagedNode read(Log log, long address) {
        RandomAccessLoggable loggable = log.read(address);
        byte type = loggable.getType();
        ByteBuffer in = ByteBuffer.wrap(data(loggable));
        if (has(type, PatriciaTreeBase.ROOT_BIT)) {
            number(in); // the size of the tree
            if (has(type, PatriciaTreeBase.ROOT_BIT_WITH_BACKREF)) {
                number(in);
            }
        }
        byte[] key = has(type, PatriciaTreeBase.HAS_KEY_BIT) ? bytes(in, (int) number(in)) : new byte[0];
        byte[] value = has(type, PatriciaTreeBase.HAS_VALUE_BIT) ? bytes(in, (int) number(in)) : null;
        if (!has(type, PatriciaTreeBase.HAS_CHILDREN_BIT)) {
            return new SalvagedNode(key, value, new byte[0], new long[0]);
        }
        int header = (int) number(in);
        int count = header >>> 3;
        int addressBytes = (header & 7) + 1;
        return count < RELATIVE
                ? withAddresses(key, value, in, count, addressBytes)
                : withRelativeAddresses(key, value, in, count - RELATIVE, addressBytes);
    }

    /** Returns the bytes of a loggable. */
    static byte[] data(RandomAccessLoggable loggable) {
        byte[] data = new byte[loggable.getDataLength()];
        ByteIterator in = loggable.getData().iterator();
        for (int i = 0; i < data.length; i++) {
            data[i] = in.next();
        }
        return data;
    }

    private static SalvagedNode withAddresses(
            byte[] key, byte @Nullable [] value, ByteBuffer in, int count, int addressBytes) {
        byte[] bytes = new byte[count];
        long[] children = new long[count];
        for (int i = 0; i < count; i++) {
            bytes[i] = in.get();
            children[i] = unsigned(in, addressBytes);
        }
        return new SalvagedNode(key, value, bytes, children);
    }

    private static SalvagedNode withRelativeAddresses(
            byte[] key, byte @Nullable [] value, ByteBuffer in, int count, int addressBytes) {
        long base = number(in);
        byte[] bytes = new byte[count];
        if (count == ALL) {
            for (int next = 0; next < ALL; next++) {
                bytes[next] = (byte) next;
            }
        } else if (count <= MAX_LISTED) {
            in.get(bytes);
        } else {
            int found = 0;
            for (int from = 0; from < ALL; from += Long.SIZE) {
                long set = in.getLong();
                for (int bit = 0; bit < Long.SIZE; bit++) {
                    if ((set >>> bit & 1) != 0) {
                        bytes[found++] = (byte) (from + bit);
                    }
                }
            }
        }
        long[] children = new long[count];
        for (int i = 0; i < count; i++) {
            children[i] = base + unsigned(in, addressBytes);
        }
        return new SalvagedNode(key, value, bytes, children);
    }

    private static long unsigned(ByteBuffer in, int bytes) {
        long value = 0;
        for (int i = 0; i < bytes; i++) {
            value = value << Byte.SIZE | Byte.toUnsignedInt(in.get());
        }
        return value;
    }

    /** Reads a number as the engine compresses it: seven bits a byte, the lowest first, the last byte with the eighth. */
    static long number(ByteBuffer in) {
        long number = 0;
        for (int shift = 0; ; shift += 7) {
            byte next = in.get();
            number |= (next & 0x7FL) << shift;
            if (next < 0) {
                return number;
            }
        }
    }

    private static byte[] bytes(ByteBuffer in, int count) {
        byte[] bytes = new byte[Math.min(count, in.remaining())];
        in.get(bytes);
        return bytes;
    }
}
