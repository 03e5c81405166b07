package dev.imaged.bench;

import dev.imaged.bench.LoadGenerator.Call;
import dev.imaged.bench.LoadGenerator.Run;
import io.grpc.Channel;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/** Keeps a number of calls in flight: each answer starts the next call, whose latency counts from then on. */
final class ClosedLoop extends Work {
    private final int inFlight;
    private final long nanos;
    private final LongFunction<@Nullable Call> calls;
    private final AtomicLong started = new AtomicLong();
    private final CountDownLatch ended;

    ClosedLoop(Channel channel, String namespace, int inFlight, long nanos, LongFunction<@Nullable Call> calls) {
        super(channel, namespace);
        this.inFlight = inFlight;
        this.nanos = nanos;
        this.calls = calls;
        this.ended = new CountDownLatch(inFlight);
    }

    /** Makes calls until the time is over or there are no more. */
    Run run() throws InterruptedException {
        for (int i = 0; i < inFlight; i++) {
            next();
        }
        ended.await();
        return result();
    }

    private void next() {
        Call next = !failed() && System.nanoTime() - begin() < nanos ? calls.apply(started.getAndIncrement()) : null;
        if (next == null) {
            ended.countDown();
        } else {
            start(next, System.nanoTime());
        }
    }

    @Override
    void answered() {
        next();
    }
}
