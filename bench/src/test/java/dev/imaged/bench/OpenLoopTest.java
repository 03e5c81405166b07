package dev.imaged.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.imaged.bench.LoadGenerator.Call;
import dev.imaged.bench.LoadGenerator.Run;
import dev.imaged.proto.images.v1.ImagesGrpc;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class OpenLoopTest {
    private static final Call CALL = new Call(RawMethods.of(ImagesGrpc.getGetMethod()), new byte[0], true);

    private final ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor();

    @AfterEach
    void end() {
        thread.shutdownNow();
    }

    @Test
    void callsStartThoughNothingIsAnsweredAndCountFromWhenTheyWereDue() throws InterruptedException {
        Run run = run(new Server(10, Status.OK), 1000, TimeUnit.MILLISECONDS.toNanos(10));
        assertEquals(10, run.calls());
        assertEquals(10, run.latencies().getTotalCount());
        assertTrue(run.latencies().getMaxValue() >= TimeUnit.MILLISECONDS.toNanos(9));
    }

    @Test
    void aServerThatIsTooFarBehindGetsNoMore() throws InterruptedException {
        assertEquals(
                10_000,
                run(new Server(10_000, Status.OK), 1_000_000, TimeUnit.HOURS.toNanos(1))
                        .calls());
    }

    @Test
    void aFailureEndsTheRun() {
        Server server = new Server(1, Status.UNAVAILABLE);
        assertThrows(IllegalStateException.class, () -> run(server, 1000, TimeUnit.HOURS.toNanos(1)));
    }

    private Run run(Server server, int callsPerSecond, long nanos) throws InterruptedException {
        return new OpenLoop(server, "test", callsPerSecond, nanos, number -> CALL).run(thread);
    }

    /** Answers nothing until a number of calls wait, and then all of them. */
    private final class Server extends Channel {
        private final int patience;
        private final Status status;
        private final List<ClientCall.Listener<?>> waiting = new ArrayList<>();

        Server(int patience, Status status) {
            this.patience = patience;
            this.status = status;
        }

        private void add(ClientCall.Listener<?> call) {
            waiting.add(call);
            if (waiting.size() == patience) {
                thread.execute(() -> waiting.forEach(answered -> answered.onClose(status, new Metadata())));
            }
        }

        @Override
        public <ReqT, RespT> ClientCall<ReqT, RespT> newCall(
                MethodDescriptor<ReqT, RespT> method, CallOptions options) {
            return new ClientCall<>() {
                @Override
                public void start(Listener<RespT> listener, Metadata headers) {
                    add(listener);
                }

                @Override
                public void request(int count) {}

                @Override
                public void cancel(String message, Throwable cause) {}

                @Override
                public void halfClose() {}

                @Override
                public void sendMessage(ReqT message) {}
            };
        }

        @Override
        public String authority() {
            return "test";
        }
    }
}
