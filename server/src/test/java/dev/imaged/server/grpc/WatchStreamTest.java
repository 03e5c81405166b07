package dev.imaged.server.grpc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import dev.imaged.proto.events.v1.EventsGrpc;
import dev.imaged.proto.events.v1.SubscribeRequest;
import dev.imaged.proto.types.Envelope;
import dev.imaged.server.admission.ListThreads;
import dev.imaged.server.engine.Cancellation;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.inprocess.InProcessServerBuilder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** How watches share the threads that serve them. */
@Timeout(60)
class WatchStreamTest {
    private static final Duration MAX_TIME = Duration.ofMinutes(5);

    private final ListThreads lists = new ListThreads(1, 1, MAX_TIME, (hanging, left) -> {}, System::nanoTime);
    private final WatchStreams watches = new WatchStreams();
    private final List<WatchStream.Source> sources = new CopyOnWriteArrayList<>();
    private Server server;
    private ManagedChannel channel;

    @BeforeEach
    void serve() throws Exception {
        var subscribe = EventsGrpc.getSubscribeMethod().toBuilder(
                        RequestOrError.marshaller(SubscribeRequest.parser(), SubscribeRequest.getDescriptor()),
                        EncodedMarshaller.INSTANCE)
                .build();
        String name = InProcessServerBuilder.generateName();
        server = InProcessServerBuilder.forName(name)
                .addService(ServerServiceDefinition.builder(EventsGrpc.SERVICE_NAME)
                        .addMethod(
                                subscribe,
                                new StreamHandler<SubscribeRequest>(
                                        (request, headers, call, account) -> WatchStream.open(
                                                call,
                                                account,
                                                watches,
                                                lists,
                                                MAX_TIME,
                                                sources.get(Integer.parseInt(request.getFilters(0))))))
                        .build())
                .build()
                .start();
        channel = InProcessChannelBuilder.forName(name).build();
    }

    @AfterEach
    void stop() {
        channel.shutdownNow();
        server.shutdownNow();
        watches.close();
        lists.close();
    }

    /** A source of messages that a test adds. */
    private static class Messages implements WatchStream.Source {
        final Queue<ByteString> messages = new ConcurrentLinkedQueue<>();
        private volatile @Nullable Runnable wake;

        void add(String topic) {
            messages.add(Envelope.newBuilder().setTopic(topic).build().toByteString());
            Runnable told = wake;
            if (told != null) {
                told.run();
            }
        }

        @Override
        public @Nullable ByteString next(int maxBytes, boolean isDue, Runnable woken, Cancellation cancellation) {
            wake = woken;
            return messages.poll();
        }

        @Override
        public boolean hasNext() {
            return !messages.isEmpty();
        }

        @Override
        public boolean isList() {
            return false;
        }

        @Override
        public List<String> filters() {
            return List.of();
        }

        @Override
        public boolean isLost() {
            return false;
        }

        @Override
        public Duration interval() {
            return Duration.ofDays(1);
        }

        @Override
        public Duration delay() {
            return Duration.ZERO;
        }

        @Override
        public void close() {}
    }

    /** A source that looks for its first message until the call is cancelled. */
    private static final class Endless extends Messages {
        @Override
        public ByteString next(int maxBytes, boolean isDue, Runnable woken, Cancellation cancellation) {
            while (true) {
                cancellation.check();
                Thread.onSpinWait();
            }
        }
    }

    private final class Call {
        final BlockingQueue<Envelope> messages = new LinkedBlockingQueue<>();
        final CompletableFuture<Status> end = new CompletableFuture<>();

        Call(WatchStream.Source source) {
            sources.add(source);
            ClientCall<SubscribeRequest, Envelope> call =
                    channel.newCall(EventsGrpc.getSubscribeMethod(), CallOptions.DEFAULT);
            call.start(
                    new ClientCall.Listener<>() {
                        @Override
                        public void onMessage(Envelope message) {
                            messages.add(message);
                        }

                        @Override
                        public void onClose(Status status, Metadata trailers) {
                            end.complete(status);
                        }
                    },
                    new Metadata());
            call.sendMessage(SubscribeRequest.newBuilder()
                    .addFilters(String.valueOf(sources.size() - 1))
                    .build());
            call.halfClose();
            call.request(1000);
        }

        String next() throws InterruptedException {
            Envelope message = messages.poll(30, TimeUnit.SECONDS);
            assertTrue(message != null, () -> "no message; the call ended with " + end.getNow(null));
            return message.getTopic();
        }
    }

    @Test
    void watchesThatFindNoEndDoNotStopTheOthers() throws Exception {
        List<Call> endless = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            endless.add(new Call(new Endless()));
        }
        List<Messages> sources = new ArrayList<>();
        List<Call> others = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            Messages source = new Messages();
            source.add("first");
            sources.add(source);
            others.add(new Call(source));
        }
        for (Call other : others) {
            assertEquals("first", other.next());
        }
        sources.forEach(source -> source.add("second"));
        for (Call other : others) {
            assertEquals("second", other.next());
        }
        for (Call call : endless) {
            assertFalse(call.end.isDone(), "it still looks for its message");
        }
    }

    @Test
    void whatTakesLongIsReadAgainOnAListThread() throws Exception {
        List<String> threads = new CopyOnWriteArrayList<>();
        Messages source = new Messages() {
            @Override
            public @Nullable ByteString next(int maxBytes, boolean isDue, Runnable woken, Cancellation cancellation) {
                threads.add(Thread.currentThread().getName());
                while (threads.size() == 1) {
                    cancellation.check();
                }
                return super.next(maxBytes, isDue, woken, cancellation);
            }
        };
        source.add("a");
        Call call = new Call(source);

        assertEquals("a", call.next());
        assertEquals(List.of("watch", "list"), threads.subList(0, 2));
    }

    @Test
    void aListIsReadOnAListThread() throws Exception {
        List<String> threads = new CopyOnWriteArrayList<>();
        Messages source = new Messages() {
            @Override
            public @Nullable ByteString next(int maxBytes, boolean isDue, Runnable woken, Cancellation cancellation) {
                threads.add(Thread.currentThread().getName());
                return super.next(maxBytes, isDue, woken, cancellation);
            }

            @Override
            public boolean isList() {
                return threads.isEmpty();
            }
        };
        source.add("snapshot");
        Call call = new Call(source);
        assertEquals("snapshot", call.next());
        assertEquals("list", threads.get(0));
        do { // the turn of the list may still go on
            source.add("change");
            assertEquals("change", call.next());
        } while (!threads.get(threads.size() - 1).equals("watch"));
    }
}
