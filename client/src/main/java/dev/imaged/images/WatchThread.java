package dev.imaged.images;

import dev.imaged.errors.ImageException;
import java.lang.System.Logger.Level;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.concurrent.Flow;
import org.jspecify.annotations.Nullable;

/** A subscription to a watch that makes its reader wait: it reads the watch on a thread of its own. Thread-safe. */
final class WatchThread implements Flow.Subscription, Runnable {
    private final Watch watch;
    private final Flow.Subscriber<? super WatchEvent> subscriber;
    private long demand;
    private boolean cancelled;

    /** The error of a request that breaks the rules. */
    private @Nullable IllegalArgumentException wrongRequest;

    private WatchThread(Watch watch, Flow.Subscriber<? super WatchEvent> subscriber) {
        this.watch = watch;
        this.subscriber = subscriber;
    }

    /** Starts a watch for a subscriber. */
    static void subscribe(Changes changes, WatchOptions options, Flow.Subscriber<? super WatchEvent> subscriber) {
        Objects.requireNonNull(subscriber, "subscriber");
        Watch watch;
        try {
            watch = changes.watch(options);
        } catch (ImageException e) {
            FailedStart.tell(subscriber, e);
            return;
        }
        WatchThread subscription = new WatchThread(watch, subscriber);
        Thread thread = new Thread(subscription, "imaged-watch");
        thread.setDaemon(true);
        try {
            subscriber.onSubscribe(subscription);
            start(thread, subscription);
        } catch (Throwable e) { // a subscriber that throws has cancelled, as Reactive Streams say (rule 2.13)
            watch.close();
            System.getLogger(WatchThread.class.getName())
                    .log(Level.ERROR, "a subscriber threw an exception; its subscription ends", e);
        }
    }

    private static void start(Thread thread, WatchThread subscription) {
        try {
            thread.start();
        } catch (OutOfMemoryError e) { // the system has no more threads
            subscription.watch.close();
            if (!subscription.isCancelled()) {
                subscription.subscriber.onError(new ImageException.ResourceExhausted(
                        "no thread can be started for the watch: " + e.getMessage(), e));
            }
        }
    }

    @Override
    public void run() {
        try (watch) {
            ImageException failure = follow();
            Throwable error = wrongRequest() == null ? failure : wrongRequest();
            if (error != null && !isCancelled()) {
                subscriber.onError(error);
            }
        }
    }

    /** Reads the watch until the subscriber cancels; returns the error that ends it before. */
    private @Nullable ImageException follow() {
        while (true) {
            WatchEvent event;
            try {
                // Even without demand: an error needs none.
                if (!watch.hasNext() || !awaitDemand()) {
                    return null;
                }
                event = watch.next();
            } catch (ImageException e) {
                return e;
            } catch (NoSuchElementException e) { // cancelled since
                return null;
            }
            subscriber.onNext(event);
        }
    }

    /** Waits until the subscriber asks for an event; returns false when it asks for no more. */
    private synchronized boolean awaitDemand() {
        while (demand == 0 && !cancelled && wrongRequest == null) {
            try {
                wait();
            } catch (InterruptedException e) {
                throw new ImageException.Cancelled("interrupted while waiting for a request", e);
            }
        }
        demand -= demand == Long.MAX_VALUE ? 0 : 1;
        return !cancelled && wrongRequest == null;
    }

    @Override
    public void request(long events) {
        synchronized (this) {
            if (events <= 0) {
                wrongRequest = new IllegalArgumentException(
                        "request(" + events + ") has to ask for at least one element (rule 3.9 of Reactive Streams)");
            } else {
                demand = demand + events < 0 ? Long.MAX_VALUE : demand + events;
            }
            notifyAll();
        }
        if (events <= 0) {
            watch.close();
        }
    }

    @Override
    public void cancel() {
        synchronized (this) {
            cancelled = true;
            notifyAll();
        }
        watch.close();
    }

    private synchronized @Nullable IllegalArgumentException wrongRequest() {
        return wrongRequest;
    }

    private synchronized boolean isCancelled() {
        return cancelled;
    }
}
