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
 * The keys of the images that ranges of indexes lead to, in order and from a key on, each as often as ranges have it. It reads a few
 * entries of each range ahead, so that the work of a part of a list does not depend on what lies before and behind the part. For one
 * snapshot and one thread.
 */
final class IndexedKeys implements Iterator<byte[]> {
    /** How many entries of a range are read first, and then twice as many each time: a part may need few. */
    private static final int FIRST_READ = 8;

    private static final int MOST_READ = 512;

    private final Snapshot snapshot;
    private final byte[] images;
    private final Cancellation cancellation;
    private final PriorityQueue<Range> ranges =
            new PriorityQueue<>((a, b) -> Arrays.compareUnsigned(a.head(), b.head()));

    /**
     * @param plan one that is in order
     * @param images the start of the keys of all images of the namespace
     * @param from the least key, which starts with {@code images}
     */
    IndexedKeys(Snapshot snapshot, QueryPlan plan, byte[] images, byte[] from, Cancellation cancellation) {
        this.snapshot = snapshot;
        this.images = images;
        this.cancellation = cancellation;
        for (QueryPlan.Access access : plan.accesses()) {
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
        return !ranges.isEmpty();
    }

    @Override
    public byte[] next() {
        Range least = ranges.poll();
        if (least == null) {
            throw new NoSuchElementException("no further key");
        }
        byte[] key = least.ahead.remove();
        add(least);
        return key;
    }

    /** The rest of a range, whose keys are in the order of the names. */
    private final class Range {
        private final QueryPlan.Access access;
        private final Deque<byte[]> ahead = new ArrayDeque<>();

        /** The least name of the next read. */
        private byte[] from;

        private int size = FIRST_READ;
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

        private void readPoint() {
            if (Arrays.compareUnsigned(access.prefix(), Keys.concat(images, from)) >= 0) {
                ahead.add(access.prefix());
            }
        }

        private void read() {
            byte[] prefix = access.prefix();
            snapshot.scan(access.table(), prefix, Keys.concat(prefix, from), (key, value) -> {
                byte[] name = Arrays.copyOfRange(key, prefix.length, key.length);
                ahead.add(Keys.concat(images, name));
                cancellation.check();
                if (ahead.size() < size) {
                    return true;
                }
                from = Arrays.copyOf(name, name.length + 1); // the next greater name
                isRead = false;
                return false;
            });
            size = Math.min(2 * size, MOST_READ);
        }
    }
}
