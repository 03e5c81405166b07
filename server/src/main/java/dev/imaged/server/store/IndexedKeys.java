package dev.imaged.server.store;

import dev.imaged.server.engine.Cancellation;
import dev.imaged.server.store.kv.Snapshot;
import dev.imaged.server.store.record.Keys;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.PriorityQueue;

/**
 * The keys of the images that ranges of indexes lead to, in order and from a key on; a key comes once for each range that holds it. It
 * reads a few entries of each range ahead, so that the work of a part of a list does not depend on what lies before and behind the part.
 * It ends early when the keys that are read ahead take too much memory. For one snapshot and one thread.
 */
final class IndexedKeys implements Iterator<byte[]> {
    /** How many entries of a range are read first, and then twice as many each time: a part may need few. */
    private static final int FIRST_READ = 8;

    private static final int MOST_READ = 512;

    /** The most ranges: with more, the same images may come too often, and even one key of each may take much memory. */
    static final int MAX_RANGES = 256;

    /** How many entries of all ranges are read ahead at most, which the ranges share. */
    private static final int MOST_AHEAD = 10_000;

    /** How many bytes the keys that are read ahead may take: a name may have megabytes. */
    private static final long MAX_BYTES = 32 << 20;

    private final Snapshot snapshot;
    private final byte[] images;
    private final Cancellation cancellation;
    private final PriorityQueue<Range> ranges =
            new PriorityQueue<>((a, b) -> Arrays.compareUnsigned(a.head(), b.head()));

    /** How many entries of a range are read at once, at most. */
    private final int mostRead;

    /** How many bytes the keys that are read ahead may take. The ranges share half of them. */
    private final long maxBytes;

    /** After how many bytes a read of a range ends. */
    private final long mostBytes;

    /** How many bytes the keys take that are read ahead. */
    private long bytes;

    private byte[] rest;

    /**
     * @param plan one that is in order, with at most {@value #MAX_RANGES} ranges
     * @param images the start of the keys of all images of the namespace
     * @param from the least key, which starts with {@code images}
     */
    IndexedKeys(Snapshot snapshot, QueryPlan plan, byte[] images, byte[] from, Cancellation cancellation) {
        this(snapshot, plan, images, from, cancellation, MAX_BYTES);
    }

    /** @param maxBytes how many bytes the keys that are read ahead may take */
    IndexedKeys(
            Snapshot snapshot, QueryPlan plan, byte[] images, byte[] from, Cancellation cancellation, long maxBytes) {
        this.snapshot = snapshot;
        this.images = images;
        this.cancellation = cancellation;
        this.rest = from;
        this.mostRead = Math.min(MOST_READ, MOST_AHEAD / plan.accesses().size());
        this.maxBytes = maxBytes;
        this.mostBytes = maxBytes / 2 / plan.accesses().size();
        for (QueryPlan.Access access : plan.accesses()) {
            if (isCut()) {
                return;
            }
            add(new Range(access, Arrays.copyOfRange(from, images.length, from.length)));
        }
    }

    private void add(Range range) {
        if (range.hasNext()) {
            ranges.add(range);
        }
    }

    @Override
    public boolean hasNext() {
        return !isCut() && !ranges.isEmpty();
    }

    /** Whether the keys that are read ahead take too much memory, so that no more come. */
    boolean isCut() {
        return bytes > maxBytes;
    }

    /** Returns the least key that may come next. */
    byte[] rest() {
        return rest;
    }

    @Override
    public byte[] next() {
        Range least = ranges.poll();
        if (least == null) {
            throw new NoSuchElementException("no further key");
        }
        byte[] key = least.ahead.remove();
        bytes -= key.length;
        rest = Arrays.copyOf(key, key.length + 1); // the next greater key
        add(least);
        return key;
    }

    /** The rest of a range, whose keys are in the order of the names. */
    private final class Range {
        private final QueryPlan.Access access;
        private final Deque<byte[]> ahead = new ArrayDeque<>();

        /** The least name of the next read. */
        private byte[] from;

        private int size = Math.min(FIRST_READ, mostRead);
        private boolean isRead;

        Range(QueryPlan.Access access, byte[] from) {
            this.access = access;
            this.from = from;
        }

        byte[] head() {
            return ahead.element();
        }

        boolean hasNext() {
            if (ahead.isEmpty() && !isRead) {
                isRead = true;
                if (access.isPoint()) {
                    readPoint();
                } else {
                    read();
                }
            }
            return !ahead.isEmpty();
        }

        private void addAhead(byte[] key) {
            ahead.add(key);
            bytes += key.length;
        }

        private void readPoint() {
            if (Arrays.compareUnsigned(access.prefix(), Keys.concat(images, from)) >= 0) {
                addAhead(access.prefix());
            }
        }

        private void read() {
            byte[] prefix = access.prefix();
            long before = bytes;
            snapshot.scan(access.table(), prefix, Keys.concat(prefix, from), (key, value) -> {
                if (key.length > prefix.length && key[prefix.length] == Keys.ESCAPED) {
                    return false; // here start the entries of longer values, whose next character is a 0x00
                }
                byte[] name = Arrays.copyOfRange(key, prefix.length, key.length);
                addAhead(Keys.concat(images, name));
                cancellation.check();
                if (ahead.size() < size && bytes - before < mostBytes) {
                    return true;
                }
                from = Arrays.copyOf(name, name.length + 1); // the next greater name
                isRead = false;
                return false;
            });
            size = Math.min(2 * size, mostRead);
        }
    }
}
