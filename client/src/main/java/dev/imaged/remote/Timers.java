package dev.imaged.remote;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** Runs tasks after a pause. */
final class Timers {
    /** Has threads only while something is due, and one for each subscriber that blocks: those of the program may all be busy. */
    static final Executor THREADS = new ThreadPoolExecutor(
            0, Integer.MAX_VALUE, 1, TimeUnit.SECONDS, new SynchronousQueue<>(), Timers::daemonThread);

    private Timers() {}

    private static Thread daemonThread(Runnable task) {
        Thread thread = new Thread(task, "imaged-timer");
        thread.setDaemon(true);
        return thread;
    }

    /** Returns a future that completes after a pause. What depends on it belongs on {@link #THREADS}. */
    static CompletableFuture<Void> pause(long nanos) {
        return new CompletableFuture<Void>().completeOnTimeout(null, nanos, TimeUnit.NANOSECONDS);
    }
}
