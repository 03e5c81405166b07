package dev.imaged.remote;

import io.grpc.ConnectivityState;
import io.grpc.ManagedChannel;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/**
 * Bounds the wait between two attempts to connect. gRPC waits longer after each attempt, up to two minutes, and offers
 * no other policy; but its wait can be cut short.
 */
final class Reconnection {
    private final ManagedChannel channel;
    private final long maxNanos;

    Reconnection(ManagedChannel channel, Duration maxBackoff) {
        if (maxBackoff.isZero() || maxBackoff.isNegative()) {
            throw new IllegalArgumentException("back-off " + maxBackoff + " is not greater than zero");
        }
        this.channel = channel;
        this.maxNanos = maxBackoff.toNanos();
    }

    /** Starts, and ends when the channel is shut down. */
    void start() {
        ConnectivityState state = channel.getState(false);
        if (state == ConnectivityState.TRANSIENT_FAILURE) {
            later().execute(this::tryAgain);
        } else if (state != ConnectivityState.SHUTDOWN) {
            channel.notifyWhenStateChanged(state, this::start);
        }
    }

    private void tryAgain() {
        channel.resetConnectBackoff(); // does nothing while an attempt is in progress
        start();
    }

    /** Random, so that clients that lost their daemon at the same moment do not come back together. */
    private Executor later() {
        long nanos = ThreadLocalRandom.current().nextLong(maxNanos / 2, maxNanos + 1);
        return CompletableFuture.delayedExecutor(nanos, TimeUnit.NANOSECONDS, Runnable::run);
    }
}
