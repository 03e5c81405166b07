package dev.imaged.bench;

import dev.imaged.bench.LoadGenerator.Call;
import dev.imaged.bench.LoadGenerator.Run;
import io.grpc.Channel;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Starts calls at a rate, whatever the answers do. The latency of a call counts from when it was due, so that one which had
 * to wait, for the server or for the generator, counts with its wait. All of it happens on the thread of the connection.
 */
final class OpenLoop extends Work {
    /** A server that leaves this many unanswered does not hold the rate, and nothing more starts. */
    private static final int MAX_IN_FLIGHT = 10_000;

    private static final long NANOS_PER_SECOND = TimeUnit.SECONDS.toNanos(1);

    private final int callsPerSecond;
    private final LongFunction<@Nullable Call> calls;
    private final CountDownLatch ended = new CountDownLatch(1);
    private long total;
    private long started;
    private int inFlight;

    OpenLoop(Channel channel, String namespace, int callsPerSecond, long nanos, LongFunction<@Nullable Call> calls) {
        super(channel, namespace);
        this.callsPerSecond = callsPerSecond;
        this.calls = calls;
        this.total = nanos * callsPerSecond / NANOS_PER_SECOND;
    }

    /**
     * Makes the calls.
     *
     * @param thread the thread of the connection
     */
    Run run(ScheduledExecutorService thread) throws InterruptedException {
        Future<?> timer = thread.scheduleAtFixedRate(
                this::startWhatIsDue, 0, NANOS_PER_SECOND / callsPerSecond, TimeUnit.NANOSECONDS);
        ended.await();
        timer.cancel(false);
        return result();
    }

    /** Starts all that is due: a timer that comes late has more than one call to start. */
    private void startWhatIsDue() {
        long elapsed = System.nanoTime() - begin();
        while (started < total && due(started) <= elapsed) {
            Call next = failed() || inFlight == MAX_IN_FLIGHT ? null : calls.apply(started);
            if (next == null) {
                total = started;
            } else {
                long due = begin() + due(started);
                started++;
                inFlight++;
                start(next, due);
            }
        }
        if (started == total && inFlight == 0) {
            ended.countDown();
        }
    }

    /** Returns how long after the start of the run a call is due, in nanoseconds. */
    private long due(long number) {
        return number * NANOS_PER_SECOND / callsPerSecond;
    }

    @Override
    void answered() {
        inFlight--;
        startWhatIsDue();
    }
}
