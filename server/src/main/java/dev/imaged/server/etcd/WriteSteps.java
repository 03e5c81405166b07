package dev.imaged.server.etcd;

import dev.imaged.errors.ImageException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs the steps of writes on one thread, that of the proposer. A step that breaks fails its write, and the others go on. Thread-safe. */
final class WriteSteps {
    private static final Logger log = LoggerFactory.getLogger(WriteSteps.class);

    /** How often a write tries again at once. Later it waits, up to a maximum. */
    private static final int QUICK_TRIES = 3;

    private static final long MAX_BACK_OFF_MILLIS = 200;

    private final ScheduledExecutorService executor;
    private final Consumer<PendingWrite<?>> answered;

    /**
     * Makes a runner of steps.
     *
     * @param executor of one thread
     * @param answered called on that thread after each step of a write that has its answer
     */
    WriteSteps(ScheduledExecutorService executor, Consumer<PendingWrite<?>> answered) {
        this.executor = executor;
        this.answered = answered;
    }

    /**
     * Runs the first step of a write.
     *
     * @throws RejectedExecutionException when the daemon stops
     */
    void first(Runnable step, PendingWrite<?> of) {
        executor.execute(() -> take(step, of));
    }

    /** Runs another step of a write, unless the daemon stops: then the write has its answer already. */
    void run(Runnable step, PendingWrite<?> of) {
        runLater(0, step, of);
    }

    /** Runs another step as {@link #run}, and then what follows it, even if the step breaks. */
    void runThen(Runnable step, Runnable next, PendingWrite<?> of) {
        run(
                () -> {
                    try {
                        step.run();
                    } finally {
                        next.run();
                    }
                },
                of);
    }

    /** Runs another step as {@link #run}, after a time that is longer the more often the write has tried. */
    void runAgain(int tries, Runnable step, PendingWrite<?> of) {
        long most = tries <= QUICK_TRIES
                ? 0
                : Math.min(MAX_BACK_OFF_MILLIS, 1L << Math.min(tries - QUICK_TRIES, Byte.SIZE));
        runLater(ThreadLocalRandom.current().nextLong(most + 1), step, of);
    }

    private void runLater(long millis, Runnable step, PendingWrite<?> of) {
        try {
            executor.schedule(() -> take(step, of), millis, TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            log.debug("the daemon stops: a write is not followed any more", e);
        }
    }

    private void take(Runnable step, PendingWrite<?> of) {
        try {
            step.run();
        } catch (RuntimeException | Error e) { // the others have to go on
            log.error("a write broke", e);
            of.fail(new ImageException.Internal("the write failed: " + e, e));
        }
        if (of.isAnswered()) {
            answered.accept(of);
        }
    }
}
