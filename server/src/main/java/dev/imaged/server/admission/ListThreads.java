package dev.imaged.server.admission;

import dev.imaged.errors.ImageException;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The threads of lists. A list ends itself when its time is over. If it does not, that is a defect, and its thread <em>hangs</em>. The
 * caller then gets an error, and a new thread replaces the one that hangs, so that other lists go on. Because a thread that hangs may
 * take a core, at most {@value #MAX_REPLACED} are replaced. A thread whose list ends after all is not used again. Thread-safe.
 */
public final class ListThreads implements ListExecutor, AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(ListThreads.class);

    static final int MAX_REPLACED = 8;

    /** How long a list may go on after its time: pauses of the machine are not a defect of the list. */
    private static final Duration GRACE = Duration.ofSeconds(10);

    private final int threads;
    private final Duration maxTime;
    private final LongSupplier nanos;
    private final Listener listener;
    private final int maxPending;
    private final ThreadPoolExecutor executor;
    private final ScheduledThreadPoolExecutor watch;
    private final TurnQueue<Run> waiting = new TurnQueue<>();

    /** How many lists wait or run that were not resumed. */
    private final AtomicInteger accepted = new AtomicInteger();

    private final Set<Run> running = ConcurrentHashMap.newKeySet();

    /** Changed under the lock, read without it. */
    private volatile int hanging;

    /** A listener for the state of the threads. Called on any thread: it must not block. */
    @FunctionalInterface
    public interface Listener {
        /**
         * Called at every change.
         *
         * @param hanging how many threads hang
         * @param left how many threads are left to run lists
         */
        void threadsChanged(int hanging, int left);
    }

    /**
     * Makes the threads, which start when they are needed.
     *
     * @param threads how many lists run at once
     * @param maxPending how many more may wait, besides those that are resumed
     * @param maxTime after which a list ends itself
     */
    public ListThreads(int threads, int maxPending, Duration maxTime, Listener listener) {
        this(threads, maxPending, maxTime, listener, System::nanoTime);
        watch.scheduleWithFixedDelay(this::look, 1, 1, TimeUnit.SECONDS);
    }

    /** Makes threads without a watch: the caller has to call {@link #replaceHanging}. */
    public ListThreads(int threads, int maxPending, Duration maxTime, Listener listener, LongSupplier nanos) {
        this.threads = threads;
        this.maxPending = maxPending;
        this.maxTime = maxTime;
        this.nanos = nanos;
        this.listener = listener;
        this.executor = new ThreadPoolExecutor(
                threads,
                threads,
                1,
                TimeUnit.MINUTES,
                new LinkedBlockingQueue<>(), // of as many steps as lists wait
                task -> daemonThread(task, "list"));
        this.executor.allowCoreThreadTimeOut(true);
        this.watch = new ScheduledThreadPoolExecutor(1, task -> daemonThread(task, "list-watch"));
    }

    private static Thread daemonThread(Runnable task, String name) {
        Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        return thread;
    }

    @Override
    public void execute(ListTask list) {
        if (left() == 0) {
            throw noneLeft();
        }
        if (accepted.incrementAndGet() > executor.getMaximumPoolSize() + maxPending) {
            accepted.decrementAndGet();
            throw tooMany(null);
        }
        execute(new Run(list, true));
    }

    @Override
    public void resume(ListTask list) {
        if (left() == 0) {
            throw noneLeft();
        }
        execute(new Run(list, false));
    }

    @Override
    public void withdraw(ListTask list) {
        Run waits = waiting.removeIf(list.owner(), run -> run.list == list);
        if (waits != null) {
            waits.leave();
        }
    }

    private void execute(Run run) {
        waiting.add(run.list.owner(), run);
        try {
            executor.execute(this::runNext);
        } catch (RejectedExecutionException e) { // the daemon stops
            waiting.remove(run.list.owner(), run);
            run.leave();
            throw tooMany(e);
        }
    }

    private void runNext() {
        Run next = waiting.poll();
        if (next != null) { // otherwise it was failed or withdrawn meanwhile
            next.run();
        }
    }

    private static ImageException tooMany(@Nullable Throwable cause) {
        return ImageException.ResourceExhausted.tooBusy("too many lists wait already: try again later", cause);
    }

    private static ImageException noneLeft() {
        return new ImageException.Unavailable("all threads of lists hang: restart the daemon", null)
                .withReason("NOT_SERVING", Map.of()); // as the health says then
    }

    private int left() {
        return threads - Math.max(0, hanging - MAX_REPLACED);
    }

    /** Looks, and throws nothing, which would end the watch. */
    private void look() {
        try {
            replaceHanging();
        } catch (RuntimeException | Error e) {
            log.error("looking for list threads that hang failed; it is tried again in a second", e);
        }
    }

    /** Looks for threads that hang: answers their callers and replaces them. */
    public void replaceHanging() {
        for (Run run : running) {
            if (nanos.getAsLong() - run.start > maxTime.plus(GRACE).toNanos() && markHanging(run)) {
                log.error(
                        "a list thread hangs: its list may take {} ms and did not end. Threads that hang: {}; that are left to"
                                + " run lists: {}. Filters: {}",
                        maxTime.toMillis(),
                        hanging,
                        left(),
                        run.list.filters(),
                        run.place());
                run.list.fail(ImageException.ResourceExhausted.tooLarge(
                        "the call took longer than " + maxTime.toMillis() + " ms: use simpler filters", null));
            }
        }
        if (left() == 0) {
            for (Run run : waiting.drain()) {
                run.leave();
                run.list.fail(noneLeft());
            }
        }
    }

    private synchronized boolean markHanging(Run run) {
        if (run.hangs || run.ended) {
            return false;
        }
        run.hangs = true;
        hangingAre(hanging + 1);
        return true;
    }

    private synchronized void end(Run run) {
        run.ended = true;
        if (run.hangs) {
            hangingAre(hanging - 1);
            log.warn("a list thread that hung came back; {} hang now", hanging);
        }
    }

    /** Sets the number of threads that hang, and keeps the number of the others. */
    private void hangingAre(int now) {
        hanging = now;
        int size = threads + Math.min(now, MAX_REPLACED);
        if (size > executor.getMaximumPoolSize()) {
            executor.setMaximumPoolSize(size);
            executor.setCorePoolSize(size);
        } else {
            executor.setCorePoolSize(size);
            executor.setMaximumPoolSize(size);
        }
        listener.threadsChanged(hanging, left());
    }

    /** Starts no more lists. Running lists go on. */
    @Override
    public void close() {
        watch.shutdownNow();
        executor.shutdown();
    }

    /** A list that runs on a thread. */
    private final class Run {
        private final ListTask list;
        private final boolean isCounted;
        private volatile long start;
        private volatile @Nullable Thread thread;
        private boolean hangs;
        private boolean ended;

        /** @param isCounted whether it is one of those that are accepted */
        Run(ListTask list, boolean isCounted) {
            this.list = list;
            this.isCounted = isCounted;
        }

        void leave() {
            if (isCounted) {
                accepted.decrementAndGet();
            }
        }

        void run() {
            start = nanos.getAsLong();
            thread = Thread.currentThread();
            running.add(this);
            try {
                list.run();
            } finally {
                running.remove(this);
                leave();
                end(this);
            }
        }

        /** Returns where its thread is, for the log. */
        Throwable place() {
            Throwable place = new Throwable("where it hangs");
            Thread current = thread;
            place.setStackTrace(current == null ? new StackTraceElement[0] : current.getStackTrace());
            return place;
        }
    }
}
