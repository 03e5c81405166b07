package dev.imaged.server.grpc;

import dev.imaged.server.engine.Cancellation;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.time.Duration;

/** What a watch may do in a turn on a thread of watches: little, because all others wait for it. For one thread. */
final class WatchTurn implements Cancellation {
    /** After this time the next watch has its turn, as soon as this one has got further. */
    private static final Duration TIME = Duration.ofMillis(5);

    /** A turn that takes more processor time is ended, and starts again on a list thread. A pause of the machine does not count. */
    private static final Duration MAX_CPU = Duration.ofMillis(50);

    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    /** Ends a turn. What was read in it is read again. */
    static final class TooLong extends RuntimeException {
        private static final long serialVersionUID = 1;

        TooLong() {
            super(null, null, false, false); // nobody is told of it
        }
    }

    private final Cancellation call;
    private final boolean isOnListThread;
    private final long start = System.nanoTime();
    private final long cpuStart = THREADS.getCurrentThreadCpuTime();

    /** @param call whether the call still waits, and how long it may take at all */
    WatchTurn(Cancellation call, boolean isOnListThread) {
        this.call = call;
        this.isOnListThread = isOnListThread;
    }

    @Override
    public void check() {
        call.check();
        if (!isOnListThread && wasLong()) {
            throw new TooLong();
        }
    }

    @Override
    public boolean isTurnOver() {
        return hasTaken(TIME);
    }

    /** Whether the next turn needs a list thread, too. */
    boolean wasLong() {
        return hasTaken(MAX_CPU) && THREADS.getCurrentThreadCpuTime() - cpuStart > MAX_CPU.toNanos();
    }

    private boolean hasTaken(Duration time) {
        return System.nanoTime() - start > time.toNanos();
    }
}
