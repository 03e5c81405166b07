package dev.imaged.server.cli;

import dev.imaged.errors.ImageException.Cancelled;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.IntSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The end of a command by SIGINT or SIGTERM. A command that takes long notices the signal at its next step, tidies up and reports how
 * far it came. A command that waits, and does not come to a step in time, is ended with a report that it has prepared.
 */
public final class Interruption {
    /** How long a command may take to its next step, and to tidy up. */
    private static final long GRACE_SECONDS = 2;

    private static final CountDownLatch ENDED = new CountDownLatch(1);

    private static volatile boolean requested;
    private static volatile @Nullable Task current;

    private Interruption() {}

    /**
     * The reports of a long command that is interrupted.
     *
     * @param stopped the result after the command has tidied up
     * @param stuck the result if the command could not tidy up
     */
    private record Task(Supplier<String> stopped, Supplier<String> stuck) {}

    /** A command that takes long, until it is closed. */
    interface Running extends AutoCloseable {
        @Override
        void close();
    }

    /**
     * Runs the command of this process, and returns its exit code.
     *
     * @param report takes the report of a command that did not come to its next step
     */
    public static int guard(IntSupplier command, Consumer<String> report) {
        Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(report), "interruption"));
        try {
            return command.getAsInt();
        } finally {
            ENDED.countDown();
        }
    }

    private static void stop(Consumer<String> report) {
        requested = true;
        Task task = current;
        try {
            if (task != null && !ENDED.await(GRACE_SECONDS, TimeUnit.SECONDS)) {
                report.accept("interrupted: " + task.stuck.get());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Starts a long command. The suppliers may be called on another thread. */
    static Running begin(Supplier<String> stopped, Supplier<String> stuck) {
        current = new Task(stopped, stuck);
        return () -> current = null;
    }

    /** Whether this process is to end. */
    static boolean isRequested() {
        return requested;
    }

    /** @throws Cancelled when the command is to end */
    static void check() {
        Task task = current;
        if (requested && task != null) {
            throw new Cancelled("interrupted: " + task.stopped.get(), null);
        }
    }
}
