package dev.imaged.server.grpc;

import dev.imaged.errors.ImageException;
import io.grpc.stub.ServerCallStreamObserver;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Sends messages as fast as the caller takes them, so that none pile up in memory. The sender may hold a snapshot, so the
 * call is cancelled when the caller takes nothing for a while.
 *
 * @param <T> the messages
 */
final class PacedStream<T> {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final ServerCallStreamObserver<T> call;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();

    /** Makes the stream, while the call starts. */
    PacedStream(ServerCallStreamObserver<T> call) {
        this.call = call;
        call.setOnReadyHandler(this::wake);
        call.setOnCancelHandler(this::wake);
    }

    private void wake() {
        lock.lock();
        try {
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Waits until the caller can take a message, and sends it.
     *
     * @throws ImageException.Cancelled when the caller has disconnected, or the daemon stops
     * @throws ImageException.Aborted when the caller takes nothing
     */
    void send(T message) {
        awaitReady();
        call.onNext(message);
    }

    private void awaitReady() {
        long nanos = PATIENCE.toNanos();
        lock.lock();
        try {
            while (!call.isReady() && !call.isCancelled()) {
                if (nanos <= 0) {
                    throw new ImageException.Aborted(
                            "the caller took nothing for " + TimeUnit.NANOSECONDS.toSeconds(PATIENCE.toNanos()) + " s",
                            null);
                }
                nanos = changed.awaitNanos(nanos);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ImageException.Cancelled("the daemon stops", e);
        } finally {
            lock.unlock();
        }
        if (call.isCancelled()) {
            throw new ImageException.Cancelled("the caller has disconnected", null);
        }
    }
}
