package dev.imaged.server.cli;

import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How far a command is, for a person who waits. For one thread. */
final class Progress implements AutoCloseable {
    private static final int UPDATE_MILLIS = 1000;

    private final @Nullable ProgressBar bar;

    private Progress(@Nullable ProgressBar bar) {
        this.bar = bar;
    }

    /** Whether progress is shown: on a terminal only, and to a person who wants it. */
    static final class Switch {
        @Option(
                names = {"-q", "--quiet"},
                description = "Show no progress; without a terminal none is shown.")
        private boolean quiet;

        /**
         * Begins to show how far a task is.
         *
         * @param total how many steps there are, -1 when that is not known
         */
        Progress start(String task, String unit, long total) {
            return quiet || !Terminal.isError() ? none() : shown(task, unit, total);
        }
    }

    private static Progress shown(String task, String unit, long total) {
        return new Progress(new ProgressBarBuilder()
                .setTaskName(task)
                .setInitialMax(total)
                .setUnit(" " + unit, 1)
                .setUpdateIntervalMillis(UPDATE_MILLIS)
                .continuousUpdate() // the time, when there are no steps
                .build());
    }

    /** Shows nothing. */
    static Progress none() {
        return new Progress(null);
    }

    /**
     * Takes some steps.
     *
     * @throws dev.imaged.errors.ImageException.Cancelled when the command is interrupted
     */
    void step(long count) {
        Interruption.check();
        if (bar != null) {
            bar.stepBy(count);
        }
    }

    @Override
    public void close() {
        if (bar != null) {
            bar.close();
        }
    }
}
