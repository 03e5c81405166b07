package dev.imaged.server.grpc;

import dev.imaged.errors.ImageException;
import dev.imaged.internal.text.GoQuote;
import dev.imaged.server.admission.ListExecutor;
import dev.imaged.server.engine.Cancellation;
import dev.imaged.server.grpc.UnaryHandler.Responder;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

/** A call that reads much, and so runs on a list thread. Thread-safe. */
final class ListCall implements ListExecutor.ListTask {
    /** How much of the filters a message shows, in characters. */
    private static final int SHOWN = 200;

    private final List<String> filters;
    private final Responder responder;
    private final Duration maxTime;
    private final Work work;
    private final AtomicBoolean answered = new AtomicBoolean();

    /** The reading; returns the step that sends the answer. */
    interface Work {
        Runnable run(Cancellation cancellation);
    }

    /**
     * Makes the call.
     *
     * @param filters what a message shows if the call hangs
     */
    ListCall(List<String> filters, Responder responder, Duration maxTime, Work work) {
        this.filters = filters;
        this.responder = responder;
        this.maxTime = maxTime;
        this.work = work;
    }

    @Override
    public void run() {
        Runnable answer;
        try {
            Cancellation cancellation = new ListCancellation(responder::isCancelled, maxTime);
            cancellation.check();
            answer = work.run(cancellation);
        } catch (RuntimeException | Error e) {
            answer = () -> responder.fail(e);
        }
        end(answer);
    }

    @Override
    public void fail(ImageException error) {
        end(() -> responder.fail(error));
    }

    private void end(Runnable answer) {
        if (!answered.compareAndSet(false, true)) {
            return;
        }
        try {
            answer.run();
        } catch (RuntimeException | Error e) {
            responder.fail(e);
        }
    }

    @Override
    public String filters() {
        return shown(filters);
    }

    @Override
    public Object owner() {
        return responder.owner();
    }

    /** Returns filters for a message. */
    static String shown(List<String> filters) {
        StringBuilder shown = new StringBuilder();
        int length = 0;
        for (String filter : filters) {
            shown.append(filter, 0, Math.min(filter.length(), SHOWN - Math.min(shown.length(), SHOWN)));
            shown.append(shown.length() < SHOWN ? " " : "");
            length += filter.length();
        }
        return GoQuote.quote(shown.toString().strip()) + (length > SHOWN ? "... (" + length + " characters)" : "");
    }
}
