package dev.imaged.server.admission;

import dev.imaged.server.engine.AnswerLimits;
import java.util.List;
import java.util.function.LongSupplier;

/**
 * Decides what the transport's threads do themselves, and what they leave to the threads of lists: all connections of such a
 * thread wait meanwhile. Thread-safe.
 */
public final class TransportWork {
    /** Filters of more characters than this are not even parsed. */
    private static final int MAX_FILTER_LENGTH = 4096;

    private static final int MAX_CANDIDATES = 128;

    /** What it takes a third of a millisecond of processor time to send. */
    private static final int SMALL_BYTES = 512 * 1024;

    /** To hand an answer over that is in memory already costs as much as to send it, so large ones are sent half of the time. */
    private final DutyCycle largeAnswers;

    private final AnswerLimits usual;
    private final AnswerLimits small;

    /**
     * Makes the limits of one daemon.
     *
     * @param nanos a clock that only goes forward, in nanoseconds
     * @param maxAnswerBytes how large an answer may be at all
     */
    public TransportWork(LongSupplier nanos, int maxAnswerBytes) {
        this.largeAnswers = new DutyCycle(nanos);
        this.usual = new AnswerLimits(MAX_CANDIDATES, SMALL_BYTES, maxAnswerBytes);
        this.small = new AnswerLimits(MAX_CANDIDATES, SMALL_BYTES, SMALL_BYTES);
    }

    /** Whether filters are parsed here. Regexps are not: one may take long to compile and to match, whatever it is matched with. */
    public boolean mayParse(List<String> filters) {
        int length = 0;
        for (String filter : filters) {
            length += filter.length();
            if (length > MAX_FILTER_LENGTH || filter.contains("~=")) {
                return false;
            }
        }
        return true;
    }

    /** Returns how much a list may do here now. */
    public AnswerLimits limits() {
        return largeAnswers.isLeft() ? usual : small;
    }

    /**
     * Runs what sends an answer.
     *
     * @param bytes how large the answer is
     */
    public void send(int bytes, Runnable answer) {
        if (bytes <= SMALL_BYTES) {
            answer.run();
        } else {
            largeAnswers.run(answer);
        }
    }
}
