package dev.imaged.server.grpc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.imaged.proto.v1.LoadRequest;
import dev.imaged.proto.v1.LoadResponse;
import dev.imaged.proto.v1.MaintenanceGrpc;
import io.grpc.Attributes;
import io.grpc.Context;
import io.grpc.MethodDescriptor;
import io.grpc.ServerStreamTracer.ServerCallInfo;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What calls take of the budgets, and when they give it back. */
class CallAccountTest {
    private static final int MIB = 1024 * 1024;

    private final MemoryBudget requests = new MemoryBudget(8 * MIB);
    private final MemoryBudget responses = new MemoryBudget(8 * MIB);

    private CallAccount call() {
        return new CallAccount(requests, responses, 0);
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
    void whatWaitsForAThreadIsHeldAlsoWhenTheCallerHasGone() {
        CallAccount call = call();
        call.inboundMessage(0);
        call.inboundWireSize(MIB);
        call.queued();
        call.queued();
        call.dequeued();
        call.streamClosed(Status.CANCELLED);
        assertTrue(requests.taken() > MIB);
        call.dequeued();
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
    void secondMessageOfACallThatTakesOneGivesNothingBack() {
        CallAccount call = call();
        call.inboundMessage(0);
        call.inboundWireSize(MIB);
        call.inboundMessage(1);
        assertTrue(requests.taken() > MIB);
    }

    @Test
    void inflatedRequestAndHeadersAreHeld() {
        CallAccount call = new CallAccount(requests, responses, MIB);
        assertTrue(call.takeDecoded(2 * MIB, 1000));
        assertTrue(requests.taken() > 3 * MIB + 1000);
        assertFalse(call.takeDecoded(8 * MIB, 0));
    }

    @Test
    void whenMemoryIsShortACallIsGivenUpWhosePeerDoesNotGoOn() throws InterruptedException {
        MemoryBudget impatient = new MemoryBudget(8 * MIB, Duration.ZERO);
        CallAccount stuck = new CallAccount(impatient, responses, 0);
        CountDownLatch givenUp = new CountDownLatch(1);
        stuck.filterContext(Context.ROOT).addListener(context -> givenUp.countDown(), Runnable::run);
        stuck.inboundWireSize(5 * MIB);
        CallAccount worked = new CallAccount(impatient, responses, 0);
        CountDownLatch wrong = new CountDownLatch(1);
        worked.filterContext(Context.ROOT).addListener(context -> wrong.countDown(), Runnable::run);
        worked.inboundWireSize(MIB / 2);
        worked.working();
        CallAccount refused = new CallAccount(impatient, responses, 0);
        assertThrows(StatusRuntimeException.class, () -> refused.inboundWireSize(4 * MIB));
        assertTrue(givenUp.await(1, TimeUnit.MINUTES));
        assertEquals(1, wrong.getCount());
    }

    @Test
    void nextMessageOfAStreamReplacesTheOneBefore() {
        CallAccount call = call();
        call.serverCallStarted(new ServerCallInfo<LoadRequest, LoadResponse>() {
            @Override
            public MethodDescriptor<LoadRequest, LoadResponse> getMethodDescriptor() {
                return MaintenanceGrpc.getLoadMethod();
            }

            @Override
            public Attributes getAttributes() {
                return Attributes.EMPTY;
            }

            @Override
            public @Nullable String getAuthority() {
                return null;
            }
        });
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
