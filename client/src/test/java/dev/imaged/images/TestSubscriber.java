package dev.imaged.images;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;

import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/** Subscribes to a watch for a test, and asks for an event when the test does. */
public final class TestSubscriber implements Flow.Subscriber<WatchEvent>, AutoCloseable {
    private static final long PATIENCE_SECONDS = 60;

    private final CompletableFuture<Flow.Subscription> subscription = new CompletableFuture<>();
    private final BlockingQueue<WatchEvent> events = new LinkedBlockingQueue<>();
    private final CompletableFuture<Throwable> error = new CompletableFuture<>();
    private final AtomicInteger received = new AtomicInteger();
    private final AtomicInteger running = new AtomicInteger();

    private final Consumer<WatchEvent> reaction;

    public TestSubscriber() {
        this(event -> {});
    }

    /** @param reaction called with each event */
    public TestSubscriber(Consumer<WatchEvent> reaction) {
        this.reaction = reaction;
    }

    @Override
    public void onSubscribe(Flow.Subscription made) {
        subscription.complete(made);
    }

    @Override
    public void onNext(WatchEvent event) {
        assertEquals(1, running.incrementAndGet(), "events at the same time");
        received.incrementAndGet();
        events.add(event);
        reaction.accept(event);
        running.decrementAndGet();
    }

    @Override
    public void onError(Throwable thrown) {
        error.complete(thrown);
    }

    @Override
    public void onComplete() {
        error.complete(new AssertionError("a watch does not complete"));
    }

    /** Asks for events. */
    public void request(long count) {
        subscription.join().request(count);
    }

    /** Asks for an event, and returns it. */
    public WatchEvent next() {
        request(1);
        try {
            WatchEvent event = events.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
            return event == null ? fail("no event; the error is " + error.getNow(null)) : event;
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** Returns the error that ends the watch. */
    public Throwable error() {
        return error.orTimeout(PATIENCE_SECONDS, TimeUnit.SECONDS).join();
    }

    /** Returns how many events came so far. */
    public int received() {
        return received.get();
    }

    @Override
    public void close() {
        subscription.join().cancel();
    }
}
