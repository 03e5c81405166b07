package dev.imaged.server.grpc;

import dev.imaged.server.admission.ListExecutor;
import dev.imaged.server.grpc.UnaryHandler.Responder;
import java.time.Duration;
import java.util.List;

/**
 * Runs calls that read much on the list threads. Thread-safe.
 *
 * @param executor the list threads
 * @param maxTime how long the work for one answer may take
 */
record ListCalls(ListExecutor executor, Duration maxTime) {
    /**
     * Hands the work of a call over.
     *
     * @param filters what a message shows if the call hangs
     * @throws dev.imaged.errors.ImageException.ResourceExhausted when too many calls wait
     */
    void run(List<String> filters, Responder responder, ListCall.Work work) {
        responder.requireListPlace();
        executor.execute(new ListCall(filters, responder, maxTime, work));
    }
}
