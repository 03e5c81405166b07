package dev.imaged.server.history;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;

/** Several writers that write until they are told to stop. For one thread. */
final class WritersAtWork implements AutoCloseable {
    private static final long PATIENCE_SECONDS = 60;

    private final AtomicBoolean stop = new AtomicBoolean();
    private final List<Future<?>> writing = new ArrayList<>();
    private final CountDownLatch some;
    private final CountDownLatch more;

    /** A writer. */
    interface Writer {
        /** Writes until it is told to stop, and tells {@code answered} of each answer. */
        void write(BooleanSupplier stop, Runnable answered) throws InterruptedException;
    }

    /**
     * Starts them.
     *
     * @param some how many answers {@link #awaitSome} waits for
     * @param more how many {@link #stop} waits for besides those
     */
    WritersAtWork(ExecutorService threads, List<? extends Writer> writers, int some, int more) {
        this.some = new CountDownLatch(some);
        this.more = new CountDownLatch(some + more);
        for (Writer writer : writers) {
            writing.add(threads.submit(() -> {
                writer.write(stop::get, this::answered);
                return null;
            }));
        }
    }

    private void answered() {
        some.countDown();
        more.countDown();
    }

    void awaitSome() throws InterruptedException {
        await(some);
    }

    /** Waits for more answers, has all writers stop, and throws what one of them failed with. */
    void stop() throws InterruptedException {
        await(more);
        close();
    }

    /** Has all writers stop, and throws what one of them failed with. */
    @Override
    public void close() {
        stop.set(true);
        try {
            for (Future<?> future : writing) {
                future.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
            }
        } catch (InterruptedException | ExecutionException | TimeoutException e) {
            throw new AssertionError("a writer failed", e);
        }
    }

    private static void await(CountDownLatch latch) throws InterruptedException {
        assertTrue(latch.await(PATIENCE_SECONDS, TimeUnit.SECONDS), "the writers make no progress");
    }
}
