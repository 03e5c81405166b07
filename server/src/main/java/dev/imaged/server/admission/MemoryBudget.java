package dev.imaged.server.admission;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/**
 * Bytes that the calls of all connections share. A quarter is only for local connections, a quarter only for remote ones, and both may
 * take the rest.
 *
 * <p>Large calls may not take the last quarter of what the local, or the remote, connections may take. The last eighth is only for
 * connections that hold next to nothing, so that a new connection always finds room. In between, each connection may hold its share
 * with small calls. When a call is refused, connections that hold more than their share cancel calls. Thread-safe.
 */
final class MemoryBudget {
    /** How much a connection may hold even if the others hold the rest: two small calls. */
    private static final long BASIC_BYTES = 8 * 1024;

    /** A call that holds more is a large one. */
    private static final long SMALL_BYTES = 16 * 1024;

    /** The holders are counted at most this often: there may be thousands of them. */
    private static final long COUNT_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

    /** How long a peer may pause in the midst of a request, or before it reads on in an answer. */
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    /** The same after a connection below its share was refused a large call. A live upload does not pause for this long. */
    private static final Duration PATIENCE_WITH_LARGE = Duration.ofSeconds(1);

    /** After a connection below its share was refused a small call, shares count for this long, even if little memory is taken. */
    private static final long PRESSED_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final long max;
    private final LongSupplier nanos;
    private final Pool local;
    private final Pool remote;

    /**
     * Makes a budget of which nothing is taken.
     *
     * @param max how many bytes it has
     * @param nanos a clock that only goes forward, in nanoseconds
     */
    MemoryBudget(long max, LongSupplier nanos) {
        this.max = max;
        this.nanos = nanos;
        this.local = new Pool();
        this.remote = new Pool();
    }

    /** Cancels calls of a connection. */
    interface Relief {
        /**
         * Brings what the connection holds down to {@code bytes}, if enough of its calls wait for their peer. Does not block.
         *
         * @param patience how long peers may pause, if they have sent something
         */
        void relieve(Share share, long bytes, Duration patience);
    }

    /** Returns the share of a new connection, which has to be closed with it. */
    Share open(boolean isLocal, Relief relief) {
        Share share = new Share(isLocal ? local : remote, isLocal ? remote : local, relief);
        share.pool.shares.add(share);
        return share;
    }

    /** Returns how many bytes are taken. */
    long taken() {
        return local.taken.get() + remote.taken.get();
    }

    /** The memory that the local connections, or the remote ones, hold together. Thread-safe. */
    private final class Pool {
        private final AtomicLong taken = new AtomicLong();
        private final Set<Share> shares = ConcurrentHashMap.newKeySet();
        private final AtomicLong counted = new AtomicLong(nanos.getAsLong() - COUNT_NANOS);
        private volatile long holders = 1;

        /** The patience of the next relief. */
        private volatile Duration patience = PATIENCE;

        private volatile boolean pressed;
        private volatile long lastPressed;

        /** Says that a connection was refused a call although it holds less than its share. */
        private void refusedUnfairly(boolean small) {
            if (small) {
                patience = Duration.ZERO;
                lastPressed = nanos.getAsLong();
                pressed = true;
            } else if (patience.equals(PATIENCE)) {
                patience = PATIENCE_WITH_LARGE;
            }
        }

        private boolean isPressed() {
            if (pressed && nanos.getAsLong() - lastPressed > PRESSED_NANOS) {
                pressed = false;
            }
            return pressed;
        }

        /** Counts the connections that hold something. If a call was refused, those that hold too much cancel some. */
        private void count(long limit, boolean refused) {
            long now = nanos.getAsLong();
            long last = counted.get();
            if (now - last < COUNT_NANOS || !counted.compareAndSet(last, now)) {
                return;
            }
            holders =
                    Math.max(1, shares.stream().filter(each -> each.held() > 0).count());
            if (refused) {
                Duration current = patience;
                patience = PATIENCE;
                long most = limit / 2 / holders;
                for (Share share : shares) {
                    if (share.held() > most) {
                        share.relief.relieve(share, most, current);
                    }
                }
            }
        }
    }

    /** The memory that one connection holds. Thread-safe. */
    final class Share {
        private final Pool pool;
        private final Pool others;
        private final Relief relief;
        private final AtomicLong held = new AtomicLong();

        private Share(Pool pool, Pool others, Relief relief) {
            this.pool = pool;
            this.others = others;
            this.relief = relief;
        }

        /**
         * Takes bytes for a call, or none.
         *
         * @param heldByCall how many bytes the call holds already
         */
        boolean take(long heldByCall, long bytes) {
            long now = held.addAndGet(bytes);
            long all = pool.taken.addAndGet(bytes);
            long limit = max - Math.max(others.taken.get(), max / 4);
            if (all <= limit / 2 && !pool.isPressed()) {
                return true;
            }
            boolean fits = fits(now, all, limit, heldByCall + bytes <= SMALL_BYTES);
            if (!fits) {
                give(bytes);
            }
            pool.count(limit, !fits);
            return fits;
        }

        private boolean fits(long now, long all, long limit, boolean small) {
            if (now <= BASIC_BYTES) {
                return all <= limit;
            }
            long most = small ? limit / 8 * 7 : limit / 4 * 3;
            boolean fair = now <= most / pool.holders;
            boolean fits = all <= most && (fair || !small || (all <= limit / 4 * 3 && !pool.isPressed()));
            if (fair && !fits) {
                pool.refusedUnfairly(small);
            }
            return fits;
        }

        void give(long bytes) {
            held.addAndGet(-bytes);
            pool.taken.addAndGet(-bytes);
        }

        /** Returns how many bytes the connection holds. */
        long held() {
            return held.get();
        }

        /** Says that the connection is closed. Its calls return what they still hold. */
        void close() {
            pool.shares.remove(this);
        }
    }
}
