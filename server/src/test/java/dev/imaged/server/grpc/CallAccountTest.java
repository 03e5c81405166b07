package dev.imaged.server.grpc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import org.junit.jupiter.api.Test;

/** What calls take of the budgets, and when they give it back. */
class CallAccountTest {
    private static final int MIB = 1024 * 1024;

    private final MemoryBudget requests = new MemoryBudget(8 * MIB);
    private final MemoryBudget responses = new MemoryBudget(8 * MIB);

    private CallAccount call() {
        return new CallAccount(requests, responses);
    }

    @Test
    void whatIsWorkedOnIsHeldAlsoWhenTheCallerHasGone() {
        CallAccount call = call();
        call.inboundMessage(0);
        call.inboundWireSize(MIB);
        call.working();
        call.streamClosed(Status.CANCELLED);
        assertTrue(requests.taken() > MIB);
        call.done();
        assertEquals(0, requests.taken());
    }

    @Test
    void answerIsHeldUntilTheStreamIsClosed() {
        CallAccount call = call();
        call.working();
        assertTrue(call.takeResponse(MIB));
        call.done();
        assertEquals(MIB, responses.taken());
        call.streamClosed(Status.OK);
        assertEquals(0, responses.taken());
        assertEquals(0, requests.taken());
    }

    @Test
    void nextMessageOfAStreamReplacesTheOneBefore() {
        CallAccount call = call();
        for (int message = 0; message < 100; message++) {
            call.inboundMessage(message);
            call.inboundWireSize(MIB);
        }
        assertTrue(requests.taken() < 2 * MIB);
    }

    @Test
    void largeCallsLeaveAQuarterToSmallOnes() {
        CallAccount large = call();
        for (int i = 0; i < 5; i++) {
            large.inboundWireSize(MIB);
        }
        assertThrows(StatusRuntimeException.class, () -> large.inboundWireSize(MIB));
        CallAccount small = call();
        assertTrue(small.isAdmitted());
        small.inboundWireSize(1000);
        large.streamClosed(Status.OK);
        small.streamClosed(Status.OK);
        assertEquals(0, requests.taken());
    }

    @Test
    void streamIsRefusedWhenNothingIsLeft() {
        int admitted = 0;
        while (call().isAdmitted()) {
            admitted++;
        }
        assertTrue(admitted > 2000, admitted + " were admitted");
        CallAccount refused = call();
        assertFalse(refused.isAdmitted());
        long taken = requests.taken();
        refused.streamClosed(Status.RESOURCE_EXHAUSTED);
        assertEquals(taken, requests.taken());
    }
}
