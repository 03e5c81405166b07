package dev.imaged.server.grpc;

import java.time.Duration;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Bytes that many calls share. The last quarter is for calls that hold little, so that a few large ones do not shut out
 * all others. When bytes are short, a call is given up whose peer has not gone on for long. Thread-safe.
 */
final class MemoryBudget {
    /** How much a call may hold and still use the last quarter. */
    private static final long LITTLE = 16 * 1024;

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    /** How often to look for a call to give up, at most: there may be very many. */
    private static final Duration SEARCH_PERIOD = Duration.ofMillis(100);

    static final MemoryBudget UNBOUNDED = new MemoryBudget(Long.MAX_VALUE);

    private final long max;
    private final Duration patience;
    private final AtomicLong taken = new AtomicLong();
    private final AtomicLong lastSearch = new AtomicLong(System.nanoTime() - SEARCH_PERIOD.toNanos());

    /** The holders that are worth to be given up, in the order in which they came. */
    private final Set<CallAccount> holders = new LinkedHashSet<>();

    MemoryBudget(long max) {
        this(max, PATIENCE);
    }

    /** @param patience for how long a peer need not go on */
    MemoryBudget(long max, Duration patience) {
        this.max = max;
        this.patience = patience;
    }

    /**
     * Takes bytes for a call, or none.
     *
     * @param held how many the call holds already
     */
    boolean take(CallAccount account, long held, long bytes) {
        long now = taken.addAndGet(bytes);
        boolean little = held + bytes <= LITTLE;
        if (now > (little ? max : max / 4 * 3)) {
            taken.addAndGet(-bytes);
            giveUpOne();
            return false;
        }
        if (max < Long.MAX_VALUE && (now > max / 2 || !little)) {
            synchronized (holders) {
                holders.add(account);
            }
        }
        return true;
    }

    /** Gives back all that a call holds. */
    void give(CallAccount account, long bytes) {
        taken.addAndGet(-bytes);
        synchronized (holders) {
            if (!holders.isEmpty()) { // looking for one that is locked makes the JVM allocate a monitor for it
                holders.remove(account);
            }
        }
    }

    private void giveUpOne() {
        long now = System.nanoTime();
        long last = lastSearch.get();
        if (now - last < SEARCH_PERIOD.toNanos() || !lastSearch.compareAndSet(last, now)) {
            return;
        }
        CallAccount stuck = null;
        synchronized (holders) {
            for (Iterator<CallAccount> all = holders.iterator(); stuck == null && all.hasNext(); ) {
                CallAccount next = all.next();
                if (next.hasWaitedForPeer(patience)) {
                    stuck = next;
                    all.remove();
                }
            }
        }
        if (stuck != null) {
            ForkJoinPool.commonPool().execute(stuck::giveUp); // which takes locks of its own
        }
    }

    /** Returns how many bytes are taken. */
    long taken() {
        return taken.get();
    }
}
