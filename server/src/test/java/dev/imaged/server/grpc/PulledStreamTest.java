package dev.imaged.server.grpc;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.protobuf.ByteString;
import dev.imaged.errors.ImageException.ResourceExhausted;
import dev.imaged.proto.v1.CatalogGrpc;
import dev.imaged.proto.v1.ListStreamRequest;
import dev.imaged.proto.v1.ListStreamResponse;
import dev.imaged.proto.v1.Position;
import dev.imaged.server.admission.ListExecutor;
import dev.imaged.server.admission.OneConnection;
import dev.imaged.server.engine.Cancellation;
import io.grpc.Status;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A stream next to a queue of lists that is full. */
class PulledStreamTest {
    private static final int MESSAGES = 20;

    private final ExecutorService thread = Executors.newSingleThreadExecutor();
    private volatile boolean full;
    private final OneConnection connection = new OneConnection();
    private volatile PulledStream.Source source = new Counting();
    private StreamFixture<ListStreamRequest, ListStreamResponse> streams;

    /** Accepts nothing new while it is full. */
    private final ListExecutor executor = new ListExecutor() {
        @Override
        public void execute(ListTask list) {
            if (full) {
                throw new ResourceExhausted("too many lists wait already: try again later", null);
            }
            thread.execute(list);
        }

        @Override
        public void resume(ListTask list) {
            thread.execute(list);
        }
    };

    /** Messages whose positions count up. */
    private static class Counting implements PulledStream.Source {
        private int sent;

        @Override
        public @Nullable ByteString next(Cancellation cancellation) {
            sent++;
            return sent > MESSAGES
                    ? null
                    : ListStreamResponse.newBuilder()
                            .setPosition(Position.newBuilder().setRevision(sent))
                            .build()
                            .toByteString();
        }

        @Override
        public List<String> hints() {
            return List.of();
        }
    }

    @BeforeEach
    void serve() throws Exception {
        streams = new StreamFixture<>(
                CatalogGrpc.getListStreamMethod(),
                ListStreamRequest.getDefaultInstance(),
                (request, call, account) ->
                        new PulledStream(call, connection.call(), executor, Duration.ofMinutes(1), List.of(), source));
    }

    @AfterEach
    void stop() {
        streams.close();
        thread.shutdownNow();
    }

    private StreamFixture<ListStreamRequest, ListStreamResponse>.Call call() {
        return streams.call(ListStreamRequest.getDefaultInstance(), 1);
    }

    @Test
    void whatHasBegunGoesOn() throws Exception {
        var call = call();
        assertEquals(1, call.next().getPosition().getRevision());
        full = true;
        for (int i = 2; i <= MESSAGES; i++) {
            call.request(1);
            assertEquals(i, call.next().getPosition().getRevision());
        }
        call.request(1);
        assertEquals(Status.Code.OK, call.end().getCode());
    }

    @Test
    void whatHasNotBegunIsRefused() throws Exception {
        full = true;
        assertEquals(Status.Code.RESOURCE_EXHAUSTED, call().end().getCode());
    }

    @Test
    void aCallerThatHasReadAllHoldsNoMemoryWhileTheNextMessageIsMade() throws Exception {
        List<Long> held = new CopyOnWriteArrayList<>();
        source = new Counting() {
            @Override
            public @Nullable ByteString next(Cancellation cancellation) {
                held.add(connection.responseBytes());
                return super.next(cancellation);
            }
        };
        var call = call();
        call.request(MESSAGES);
        call.end();

        assertEquals(Collections.nCopies(MESSAGES + 1, 0L), held);
    }
}
