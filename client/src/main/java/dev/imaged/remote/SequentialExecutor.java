package dev.imaged.remote;

import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Runs tasks one after the other, in the order in which they came, on the threads of another executor. Thread-safe. */
final class SequentialExecutor implements Executor {
    private final Executor threads;
    private final Consumer<Throwable> bugs;
    private final Queue<Runnable> tasks = new ArrayDeque<>();
    private boolean isScheduled;

    /** @param bugs told what a task threw; the next task runs all the same */
    SequentialExecutor(Executor threads, Consumer<Throwable> bugs) {
        this.threads = threads;
        this.bugs = bugs;
    }

    @Override
    public void execute(Runnable task) {
        synchronized (tasks) {
            tasks.add(task);
            if (isScheduled) {
                return;
            }
            isScheduled = true;
        }
        try {
            threads.execute(this::runAll);
        } catch (Throwable e) { // it was shut down, or has no thread; whoever waits for the task has to hear of it
            runAll();
        }
    }

    private void runAll() {
        for (Runnable task = next(); task != null; task = next()) {
            try {
                task.run();
            } catch (Throwable bug) {
                bugs.accept(bug);
            }
        }
    }

    private @Nullable Runnable next() {
        synchronized (tasks) {
            Runnable next = tasks.poll();
            isScheduled = next != null;
            return next;
        }
    }
}
