package dev.imaged.server.admission;

import dev.imaged.server.engine.AnswerLimits;
import java.util.List;
import java.util.function.LongSupplier;

/**
 * Decides which lists the transport's threads answer themselves, and which they leave to the list threads. While a transport thread
 * works, all its connections wait. Thread-safe.
 */
public final class TransportWork {
    /** Filters of more characters than this are not even parsed. */
    private static final int MAX_FILTER_LENGTH = 4096;

    private static final int MAX_CANDIDATES = 128;

    /** An answer of this size takes a third of a millisecond of processor time to send. */
    private static final int SMALL_BYTES = 512 * 1024;

    /** Handing over an answer from memory to another thread costs as much as sending it. So large answers are sent here, for half of the
     * time. */
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

    /** Whether filters are parsed here. Regexps are not: they may take long to compile and to match, even with a short text. */
    public static boolean mayParse(List<String> filters) {
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

    /** Returns the time now, in nanoseconds, for {@link #send}. */
    public long now() {
        return largeAnswers.now();
    }

    /**
     * Runs the step that sends an answer.
     *
     * @param bytes how large the answer is
     * @param start when making the answer started, as {@link #now} said: that time counts, too
     */
    public void send(int bytes, long start, Runnable answer) {
        if (bytes <= SMALL_BYTES) {
            answer.run();
        } else {
            largeAnswers.run(start, answer);
        }
    }
}
