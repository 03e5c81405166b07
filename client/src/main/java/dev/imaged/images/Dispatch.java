package dev.imaged.images;

import dev.imaged.errors.ImageException;
import dev.imaged.oci.Descriptor;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Visits the descriptors that a handler finds under others, siblings in parallel and in no order, as containerd's
 * package {@code images} does. A descriptor that comes up twice is visited twice, see {@link Handlers#unseen}. A
 * dispatch has as many threads as handlers may be in flight; they end before the call does.
 */
public final class Dispatch {
    private final Handler handler;
    private final @Nullable Semaphore limiter;
    private final ReferenceCount references;
    private final ThreadPoolExecutor pool;

    /** How many descriptors were found and are not handled yet. */
    private final AtomicLong open = new AtomicLong();

    private final CountDownLatch end = new CountDownLatch(1);
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();

    private Dispatch(Handler handler, DispatchOptions options) {
        this.handler = handler;
        this.limiter = options.limiter();
        this.references = new ReferenceCount(options.maxReferences());
        this.pool = new ThreadPoolExecutor(
                options.limit(),
                options.limit(),
                0,
                TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(),
                Dispatch::thread,
                new ThreadPoolExecutor.DiscardPolicy()); // descriptors that are found after an error do not count
    }

    private static Thread thread(Runnable worker) {
        Thread thread = new Thread(worker, "imaged-dispatch");
        thread.setDaemon(true);
        return thread;
    }

    /** Visits with the default options; see {@link #dispatch(Handler, DispatchOptions, List)}. */
    public static void dispatch(Handler handler, Descriptor... roots) throws IOException {
        dispatch(handler, DispatchOptions.DEFAULT, List.of(roots));
    }

    /**
     * Visits descriptors and the descriptors under them. The first error ends the dispatch: it interrupts the handlers
     * in flight and waits for them, starts no others, and throws the error as it is.
     *
     * @param handler thread-safe; it should end soon after its thread is interrupted
     * @throws ImageException.Cancelled when the calling thread is interrupted; its interrupt flag stays
     * @throws ImageException.ResourceExhausted when there are more references than the options allow
     * @throws ImageException as the handler does
     * @throws IOException as the handler does
     */
    public static void dispatch(Handler handler, DispatchOptions options, List<Descriptor> roots) throws IOException {
        if (!roots.isEmpty()) {
            new Dispatch(handler, options).run(roots);
        }
    }

    private void run(List<Descriptor> roots) throws IOException {
        references.add(roots.size(), roots.get(0).digest());
        submit(roots);
        try {
            end.await();
        } catch (InterruptedException e) {
            fail(new ImageException.Cancelled("the dispatch was interrupted", e));
            Thread.currentThread().interrupt();
        }
        pool.shutdown();
        awaitThreads();
        rethrow(failure.get());
    }

    private void submit(List<Descriptor> descriptors) {
        open.addAndGet(descriptors.size());
        descriptors.forEach(descriptor -> pool.execute(() -> handle(descriptor)));
    }

    private void handle(Descriptor descriptor) {
        try {
            List<Descriptor> children = visit(descriptor);
            references.add(children.size(), descriptor.digest());
            submit(children);
        } catch (Throwable e) { // the caller sees any error of a handler
            fail(e);
        }
        if (open.decrementAndGet() == 0) {
            end.countDown();
        }
    }

    /** Handles a descriptor. Only {@link #fail} interrupts this, and it has noted the error by then. */
    private List<Descriptor> visit(Descriptor descriptor) throws IOException, InterruptedException {
        if (limiter == null) {
            return Walk.visit(handler, descriptor);
        }
        limiter.acquire();
        try {
            return Walk.visit(handler, descriptor);
        } finally {
            limiter.release();
        }
    }

    private void fail(Throwable e) {
        if (failure.compareAndSet(null, e)) {
            pool.shutdownNow();
            end.countDown();
        }
    }

    /** Waits without a limit, because no handler may run after the call has returned. */
    private void awaitThreads() {
        boolean interrupted = false;
        while (!pool.isTerminated()) {
            try {
                pool.awaitTermination(Long.MAX_VALUE, TimeUnit.NANOSECONDS);
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private static void rethrow(@Nullable Throwable e) throws IOException {
        if (e instanceof IOException io) {
            throw io;
        } else if (e instanceof RuntimeException runtime) {
            throw runtime;
        } else if (e instanceof Error error) {
            throw error;
        } else if (e != null) {
            throw new IllegalStateException("a handler threw what it does not declare", e);
        }
    }
}
