package dev.imaged.server.admission;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.grpc.Attributes;
import io.grpc.Context;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.Status;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which thread a call runs on. */
class CallExecutorsTest {
    private static final int KIB = 1024;

    private final List<Runnable> waiting = new ArrayList<>();
    private final CallExecutors executors = new CallExecutors(waiting::add);
    private final MemoryBudget requests = new MemoryBudget(1024 * KIB, () -> 0);
    private final CallAccount account = account();
    private int runs;

    private CallAccount account() {
        Resets none = new Resets(Integer.MAX_VALUE, () -> 0, () -> {});
        CallAccount account = new CallAccount(0, () -> 0);
        account.open(
                new Connection(
                        new Budgets(requests, requests, requests, requests, requests, requests),
                        true,
                        Runnable::run,
                        none),
                false);
        return account;
    }

    private Executor executor(Metadata headers) throws Exception {
        return CallMemoryLimiter.with(Context.current(), account)
                .call(() -> executors.getExecutor(new NoCall(), headers));
    }

    private static Metadata encoding(String name) {
        Metadata headers = new Metadata();
        headers.put(Metadata.Key.of("grpc-encoding", Metadata.ASCII_STRING_MARSHALLER), name);
        return headers;
    }

    @Test
    void smallRequestIsDecodedByWhoReadIt() throws Exception {
        account.inboundWireSize(60 * KIB);
        executor(new Metadata()).execute(() -> runs++);
        assertEquals(1, runs);
        assertEquals(List.of(), waiting);
    }

    @Test
    void largeRequestWaitsAndHoldsItsMemoryUntilItIsDecoded() throws Exception {
        account.inboundWireSize(64 * KIB + 1);
        executor(new Metadata()).execute(() -> runs++);
        account.streamClosed(Status.CANCELLED);
        assertEquals(0, runs);
        assertTrue(requests.taken() > 64 * KIB);
        waiting.remove(0).run();
        assertEquals(1, runs);
        assertEquals(0, requests.taken());
    }

    @ParameterizedTest
    @CsvSource({"gzip,1", "identity,0"})
    void compressedRequestWaitsHoweverSmallItIs(String encoding, int expected) throws Exception {
        executor(encoding(encoding)).execute(() -> runs++);
        assertEquals(expected, waiting.size());
        assertEquals(1 - expected, runs);
    }

    @Test
    void memoryIsGivenBackAlsoWhenTheTaskFails() throws Exception {
        executor(encoding("gzip")).execute(() -> {
            throw new IllegalStateException("broken");
        });
        account.streamClosed(Status.CANCELLED);
        assertThrows(IllegalStateException.class, () -> waiting.remove(0).run());
        assertEquals(0, requests.taken());
    }

    /** A call that nothing happens to. */
    private static final class NoCall extends ServerCall<Object, Object> {
        @Override
        public void request(int count) {}

        @Override
        public void sendHeaders(Metadata headers) {}

        @Override
        public void sendMessage(Object message) {}

        @Override
        public void close(Status status, Metadata trailers) {}

        @Override
        public boolean isCancelled() {
            return false;
        }

        @Override
        public Attributes getAttributes() {
            return Attributes.EMPTY;
        }

        @Override
        public MethodDescriptor<Object, Object> getMethodDescriptor() {
            throw new UnsupportedOperationException();
        }
    }
}
