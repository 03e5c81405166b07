package dev.imaged.server.cli;

import java.io.IOException;
import java.io.Reader;

/**
 * Reads a text line by line. Each line is a document of its own, which need not fit into memory. A line ends with a line feed. For
 * one thread.
 */
final class LineReader extends Reader {
    private static final int BUFFER_CHARS = 64 * 1024;

    private final Reader in;
    private final char[] buffer = new char[BUFFER_CHARS];
    private int position;
    private int limit;
    private long number;

    /** @param in the text; it is not closed */
    LineReader(Reader in) {
        this.in = in;
    }

    /** Goes to the next line, past the rest of this one; returns false when there is none. */
    boolean nextLine() throws IOException {
        if (number > 0) {
            skipLine();
        }
        number++;
        return isFilled();
    }

    private void skipLine() throws IOException {
        while (isFilled()) {
            position = endOfLine(limit);
            if (position < limit) {
                position++;
                return;
            }
        }
    }

    /** Returns the number of the line, 1 for the first. */
    long number() {
        return number;
    }

    /** Reads on in the line; returns -1 at its end. */
    @Override
    public int read(char[] target, int offset, int length) throws IOException {
        if (!isFilled() || buffer[position] == '\n') {
            return -1;
        }
        int count = endOfLine(Math.min(limit, position + length)) - position;
        System.arraycopy(buffer, position, target, offset, count);
        position += count;
        return count;
    }

    private int endOfLine(int end) {
        int index = position;
        while (index < end && buffer[index] != '\n') {
            index++;
        }
        return index;
    }

    /** Whether there is more of the text. */
    private boolean isFilled() throws IOException {
        if (position == limit) {
            position = 0;
            limit = Math.max(0, in.read(buffer, 0, BUFFER_CHARS));
        }
        return position < limit;
    }

    @Override
    public void close() {
        // The text goes on.
    }
}
