package dev.imaged.server.grpc;

import java.time.Duration;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Bytes that many calls share. The last quarter is for calls that hold little, so that a few large ones do not shut out
 * all others. When bytes are short,
 * a call is given up that has waited long for its peer to send or to read. Thread-safe.
 */
final class MemoryBudget {
    static final MemoryBudget UNBOUNDED = new MemoryBudget(Long.MAX_VALUE);

    /** How much a call may hold and still use the last quarter. */
    private static final long LITTLE = 16 * 1024;

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final long max;
    private final AtomicLong taken = new AtomicLong();

    /** The holders that are worth to be given up, in the order in which they came. */
    private final Set<CallAccount> holders = new LinkedHashSet<>();

    MemoryBudget(long max) {
        this.max = max;
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
        if (now > max / 2 || !little) {
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
            holders.remove(account);
        }
    }

    private void giveUpOne() {
        CallAccount stuck = null;
        synchronized (holders) {
            for (Iterator<CallAccount> all = holders.iterator(); stuck == null && all.hasNext(); ) {
                CallAccount next = all.next();
                if (next.hasWaitedForPeer(PATIENCE)) {
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
