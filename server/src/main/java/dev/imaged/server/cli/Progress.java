package dev.imaged.server.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import org.jspecify.annotations.Nullable;

/** How far a command is, on the terminal of a person who waits; nothing elsewhere. For one thread. */
final class Progress implements AutoCloseable {
    private final @Nullable ProgressBar bar;

    private Progress(@Nullable ProgressBar bar) {
        this.bar = bar;
    }

    /**
     * Shows a bar if there is a terminal.
     *
     * @param total how many steps there are, -1 when that is not known
     */
    static Progress of(String task, String unit, long total) {
        if (!isTerminal(Path.of("/proc/self/fd/2"))) {
            return none();
        }
        return new Progress(new ProgressBarBuilder()
                .setTaskName(task)
                .setInitialMax(total)
                .setUnit(" " + unit, 1)
                .build());
    }

    /** Whether standard error is a terminal; {@code System.console()} says so of anything from JDK 22 on. */
    private static boolean isTerminal(Path standardError) {
        try {
            String target = Files.readSymbolicLink(standardError).toString();
            return target.startsWith("/dev/pts/") || target.startsWith("/dev/tty");
        } catch (IOException e) {
            return false; // not on Linux
        }
    }

    /** Shows nothing. */
    static Progress none() {
        return new Progress(null);
    }

    /** Takes some steps. */
    void step(long count) {
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
