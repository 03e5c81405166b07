package dev.imaged.images;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** Subscribes to a list for a test, and asks for a part when the test does. */
public final class PartSubscriber implements Flow.Subscriber<ListPart> {
    private static final long PATIENCE_SECONDS = 60;

    private final CompletableFuture<Flow.Subscription> subscription = new CompletableFuture<>();
    private final BlockingQueue<ListPart> parts = new LinkedBlockingQueue<>();
    private final CompletableFuture<Throwable> end = new CompletableFuture<>();
    private final AtomicInteger running = new AtomicInteger();

    @Override
    public void onSubscribe(Flow.Subscription made) {
        subscription.complete(made);
    }

    @Override
    public void onNext(ListPart part) {
        assertEquals(1, running.incrementAndGet(), "parts at the same time");
        parts.add(part);
        running.decrementAndGet();
    }

    @Override
    public void onError(Throwable error) {
        end.complete(error);
    }

    @Override
    public void onComplete() {
        end.complete(null);
    }

    public void request(long count) {
        subscription.join().request(count);
    }

    public void cancel() {
        subscription.join().cancel();
    }

    /** Asks for a part, and returns it. */
    public ListPart next() throws InterruptedException {
        request(1);
        ListPart part = parts.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
        return part == null ? fail("no part; the end is " + end) : part;
    }

    /** Asks for the rest, waits for the end, and returns the parts that came. */
    public List<ListPart> rest() {
        request(Long.MAX_VALUE);
        awaitCompletion();
        List<ListPart> rest = new ArrayList<>();
        parts.drainTo(rest);
        return rest;
    }

    public void awaitCompletion() {
        Throwable error = end.orTimeout(PATIENCE_SECONDS, TimeUnit.SECONDS).join();
        if (error != null) {
            throw new AssertionError("the list ended early", error);
        }
    }

    /** Waits for the error that ends the list, and returns it. */
    public Throwable error() {
        Throwable error = end.orTimeout(PATIENCE_SECONDS, TimeUnit.SECONDS).join();
        return error == null ? fail("the list has no error") : error;
    }

    /** Returns how many parts are here that the test has not taken. */
    public int waiting() {
        return parts.size();
    }
}
