package dev.imaged.server.admission;

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
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What calls take of the budgets, when they give it back, and which are cancelled when memory is short. */
class CallAccountTest {
    private static final int MIB = 1024 * 1024;

    private final AtomicLong nanos = new AtomicLong();
    private final MemoryBudget requests = new MemoryBudget(8 * MIB, nanos::get);
    private final MemoryBudget responses = new MemoryBudget(8 * MIB, nanos::get);
    private final MemoryBudget health = new MemoryBudget(MIB, nanos::get);
    private final AtomicInteger resets = new AtomicInteger();
    private final Connection connection = connection();

    private Connection connection() {
        Resets one = new Resets(1, nanos::get, resets::incrementAndGet);
        return new Connection(
                new Budgets(requests, health, responses, requests, requests, requests), true, Runnable::run, one);
    }

    private CallAccount call() {
        return call(connection, 0);
    }

    private CallAccount call(Connection on, long headerBytes) {
        CallAccount call = new CallAccount(headerBytes, nanos::get);
        call.open(on, false);
        return call;
    }

    /** Returns what counts down when a call is cancelled. */
    private static CountDownLatch cancelled(CallAccount call) {
        CountDownLatch cancelled = new CountDownLatch(1);
        call.filterContext(Context.ROOT).addListener(context -> cancelled.countDown(), Runnable::run);
        return cancelled;
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
        CallAccount call = call(connection, MIB);
        assertTrue(call.takeDecoded(2 * MIB, 1000));
        assertTrue(requests.taken() > 3 * MIB + 1000);
        assertFalse(call.takeDecoded(8 * MIB, 0));
    }

    @Test
    void callsThatSentNothingAreCancelledAtOnceOldestFirstAndNoMoreThanNeeded() {
        CountDownLatch firstCancelled = cancelled(call(connection, 2 * MIB));
        CountDownLatch secondCancelled = cancelled(call(connection, 2 * MIB));
        nanos.addAndGet(Duration.ofMillis(20).toNanos());
        assertFalse(call(connection(), 5 * MIB).isAdmitted());
        assertEquals(0, firstCancelled.getCount());
        assertEquals(1, secondCancelled.getCount());
    }

    @Test
    void callWhosePeerDoesNotGoOnForHalfAMinuteIsCancelledWhenMemoryIsShort() {
        CallAccount stuck = call();
        CountDownLatch stuckCancelled = cancelled(stuck);
        stuck.inboundMessage(0);
        stuck.inboundWireSize(2 * MIB);
        CallAccount worked = call();
        CountDownLatch workedCancelled = cancelled(worked);
        worked.inboundMessage(0);
        worked.inboundWireSize(2 * MIB);
        worked.working();
        nanos.addAndGet(Duration.ofSeconds(29).toNanos());
        assertFalse(call(connection(), 5 * MIB).isAdmitted());
        assertEquals(1, stuckCancelled.getCount());
        nanos.addAndGet(Duration.ofSeconds(1).toNanos());
        assertFalse(call(connection(), 5 * MIB).isAdmitted());
        assertEquals(0, stuckCancelled.getCount());
        assertEquals(1, workedCancelled.getCount());
    }

    @Test
    void aRequestThatIsKeptOnlyCountsForWhatItHas() {
        CallAccount watch = new CallAccount(0, MIB, nanos::get);
        watch.open(connection, false);
        watch.inboundMessage(0);
        watch.inboundWireSize(1000);
        assertTrue(requests.taken() > MIB);
        watch.working();
        watch.keeps();
        assertTrue(requests.taken() > 1000 && requests.taken() < 10_000, requests.taken() + " bytes");
        watch.done();
        watch.streamClosed(Status.OK);
        assertEquals(0, requests.taken());
    }

    /** A call that is worked on, and has sent a message which its peer has read. */
    private CallAccount quietWatch() {
        CallAccount watch = call();
        watch.inboundMessage(0);
        watch.working();
        watch.outboundWireSize(100);
        watch.takeResponse(100);
        watch.giveResponses();
        return watch;
    }

    @Test
    void aWatchThatHasNothingToTellIsNotCancelledWhenMemoryIsShort() {
        CallAccount watch = quietWatch();
        CountDownLatch watchCancelled = cancelled(watch);
        CallAccount stuck = call();
        CountDownLatch stuckCancelled = cancelled(stuck);
        stuck.inboundMessage(0);
        stuck.inboundWireSize(4 * MIB);
        nanos.addAndGet(Duration.ofMinutes(5).toNanos());
        assertFalse(call(connection(), 5 * MIB).isAdmitted());

        assertEquals(0, stuckCancelled.getCount());
        assertEquals(1, watchCancelled.getCount());
    }

    @Test
    void aWatchWhoseMessageIsNotReadIsCancelledWhenTheMemoryOfAnswersIsShort() {
        CallAccount quiet = quietWatch();
        CountDownLatch quietCancelled = cancelled(quiet);
        CountDownLatch silentCancelled = cancelled(call());
        CallAccount unread = quietWatch();
        CountDownLatch unreadCancelled = cancelled(unread);
        unread.takeResponse(4 * MIB);
        nanos.addAndGet(Duration.ofMinutes(5).toNanos());
        assertFalse(call(connection(), 0).takeResponse(4 * MIB));

        assertEquals(0, unreadCancelled.getCount());
        assertEquals(1, quietCancelled.getCount());
        assertEquals(1, silentCancelled.getCount(), "it holds no answer");
    }

    @Test
    void aWatchWhoseMessageIsBeingMadeIsNotCancelledWhenMemoryIsShort() {
        CallAccount watch = quietWatch();
        CountDownLatch watchCancelled = cancelled(watch);
        nanos.addAndGet(Duration.ofMinutes(5).toNanos());
        assertTrue(watch.prepareResponse(4 * MIB));
        nanos.addAndGet(Duration.ofMinutes(5).toNanos());
        assertFalse(call(connection(), 0).takeResponse(4 * MIB));
        assertEquals(1, watchCancelled.getCount(), "it is the turn of the daemon");

        watch.prepared(7 * MIB / 2);
        assertEquals(7 * MIB / 2, responses.taken());
        nanos.addAndGet(Duration.ofSeconds(30).toNanos());
        assertFalse(call(connection(), 0).takeResponse(5 * MIB));
        assertEquals(0, watchCancelled.getCount());
    }

    @Test
    void uploadThatStallsIsCancelledWhenALargeCallOfAConnectionBelowItsShareIsRefused() {
        CallAccount upload = call();
        CountDownLatch uploadCancelled = cancelled(upload);
        upload.inboundMessage(0);
        upload.inboundWireSize(4 * MIB);
        nanos.addAndGet(Duration.ofMillis(999).toNanos());
        assertFalse(call(connection(), MIB).isAdmitted());
        assertEquals(1, uploadCancelled.getCount());
        nanos.addAndGet(Duration.ofMillis(20).toNanos());
        assertFalse(call(connection(), MIB).isAdmitted());
        assertEquals(0, uploadCancelled.getCount());
    }

    @Test
    void connectionThatHoldsNoMoreThanItsShareKeepsItsCalls() {
        CountDownLatch modest = cancelled(call(connection(), MIB));
        CountDownLatch greedy = cancelled(call(connection, 3 * MIB));
        nanos.addAndGet(Duration.ofMillis(20).toNanos());
        assertFalse(call(connection(), 4 * MIB).isAdmitted());
        assertEquals(0, greedy.getCount());
        assertEquals(1, modest.getCount());
    }

    @Test
    void callsThatClosedAreNotCancelled() {
        List<CallAccount> calls =
                Stream.generate(() -> call(connection, MIB)).limit(5).toList();
        List<CountDownLatch> latches =
                calls.stream().map(CallAccountTest::cancelled).toList();
        calls.get(0).streamClosed(Status.OK);
        calls.get(2).streamClosed(Status.OK);
        calls.get(4).streamClosed(Status.OK);
        connection.relieve(connection.requests(false), 0, Duration.ofSeconds(30));
        assertEquals(
                List.of(1L, 0L, 1L, 0L, 1L),
                latches.stream().map(CountDownLatch::getCount).toList());
        calls.get(1).streamClosed(Status.CANCELLED);
        calls.get(3).streamClosed(Status.CANCELLED);
        assertEquals(0, requests.taken());
    }

    @Test
    void requestsForHealthHaveMemoryOfTheirOwn() {
        CallAccount large = call(connection, 4 * MIB);
        assertFalse(call(connection, 4 * MIB).isAdmitted());
        CallAccount asked = new CallAccount(0, nanos::get);
        asked.open(connection, true);
        assertTrue(asked.isAdmitted());
        assertTrue(health.taken() > 0);
        asked.streamClosed(Status.OK);
        assertEquals(0, health.taken());
        large.streamClosed(Status.OK);
    }

    @Test
    void connectionEndsWhenTooManyOfItsCallsAreCancelled() {
        call().streamClosed(Status.CANCELLED);
        call().streamClosed(Status.OK);
        assertEquals(0, resets.get());
        call().streamClosed(Status.CANCELLED);
        call().streamClosed(Status.CANCELLED);
        assertEquals(1, resets.get());
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
    void largeCallsLeaveRoomForSmallOnes() {
        CallAccount large = call();
        for (int i = 0; i < 4; i++) {
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
        assertTrue(admitted > 1500, admitted + " were admitted");
        CallAccount refused = call();
        assertFalse(refused.isAdmitted());
        long taken = requests.taken();
        refused.streamClosed(Status.RESOURCE_EXHAUSTED);
        assertEquals(taken, requests.taken());
    }
}
