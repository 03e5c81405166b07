package dev.imaged.server.cli;

import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The progress of a command, for a person who waits. For one thread. */
final class Progress implements AutoCloseable {
    private static final int UPDATE_MILLIS = 1000;

    private final @Nullable ProgressBar bar;

    private Progress(@Nullable ProgressBar bar) {
        this.bar = bar;
    }

    /** The option that turns progress off. It is only shown on a terminal. */
    static final class Switch {
        @Option(
                names = {"-q", "--quiet"},
                description = "Show no progress; without a terminal none is shown.")
        private boolean quiet;

        /**
         * Starts to show the progress of a task.
         *
         * @param total how many steps there are, -1 when that is unknown
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
                .continuousUpdate() // shows the time between steps
                .build());
    }

    /** Returns a progress that shows nothing. */
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
