package dev.imaged.remote;

import dev.imaged.errors.ImageException;
import dev.imaged.images.Position;
import dev.imaged.images.Watch;
import dev.imaged.images.WatchEvent;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.concurrent.Flow;
import org.jspecify.annotations.Nullable;

/** A subscriber whose user waits for each event, and that asks for no event before its user does. */
final class RemoteWatch implements Watch, Flow.Subscriber<WatchEvent> {
    private Flow.@Nullable Subscription subscription;

    /** Whether an event was asked for that has not come. */
    private boolean asked;

    private @Nullable WatchEvent ready;

    /** Why the watch has ended, null if it has not. */
    private @Nullable ImageException failure;

    private boolean closed;
    private @Nullable Position position;

    @Override
    public synchronized void onSubscribe(Flow.Subscription made) {
        subscription = made;
    }

    @Override
    public synchronized void onNext(WatchEvent event) {
        asked = false;
        ready = event;
        notifyAll();
    }

    @Override
    public synchronized void onError(Throwable error) {
        failure = error instanceof ImageException known
                ? known
                : new ImageException.Internal("the watch failed: " + error, error);
        notifyAll();
    }

    @Override
    public void onComplete() {
        throw new IllegalStateException("a watch does not complete");
    }

    @Override
    public boolean hasNext() {
        if (asks()) {
            subscription().request(1); // without the lock: the event may come on this thread, or on another one now
        }
        return await();
    }

    private synchronized boolean asks() {
        boolean asks = ready == null && failure == null && !closed && !asked;
        asked |= asks;
        return asks;
    }

    private synchronized boolean await() {
        try {
            while (ready == null && !closed) {
                if (failure != null) {
                    throw failure;
                }
                wait();
            }
            return !closed;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ImageException.Cancelled("interrupted while waiting for a change", e);
        }
    }

    @Override
    public WatchEvent next() {
        if (!hasNext()) {
            throw new NoSuchElementException("the watch is closed");
        }
        return take();
    }

    private synchronized WatchEvent take() {
        WatchEvent event = Objects.requireNonNull(ready);
        ready = null;
        position = event.position();
        return event;
    }

    @Override
    public synchronized @Nullable Position position() {
        return position;
    }

    @Override
    public void close() {
        synchronized (this) {
            closed = true;
            notifyAll();
        }
        subscription().cancel();
    }

    private synchronized Flow.Subscription subscription() {
        return Objects.requireNonNull(subscription, "a watch is used once it is subscribed");
    }
}
