package dev.imaged.server.cli;

import java.io.Writer;
import java.util.function.Consumer;

/** Logs printed text, an event for each line. */
final class LogWriter extends Writer {
    private final Consumer<String> log;
    private final StringBuilder line = new StringBuilder();

    LogWriter(Consumer<String> log) {
        this.log = log;
    }

    @Override
    public void write(char[] text, int offset, int length) {
        synchronized (lock) {
            for (int i = offset; i < offset + length; i++) {
                if (text[i] == '\n') {
                    end();
                } else if (text[i] != '\r') {
                    line.append(text[i]);
                }
            }
        }
    }

    private void end() {
        log.accept(line.toString());
        line.setLength(0);
    }

    /** Does nothing: a line is logged when it ends. */
    @Override
    public void flush() {}

    @Override
    public void close() {
        synchronized (lock) {
            if (!line.isEmpty()) {
                end();
            }
        }
    }
}
