package dev.imaged.server.grpc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;

import com.google.protobuf.ByteString;
import dev.imaged.errors.ImageException;
import dev.imaged.proto.events.v1.EventsGrpc;
import dev.imaged.proto.events.v1.SubscribeRequest;
import dev.imaged.proto.types.Envelope;
import dev.imaged.server.admission.ListExecutor;
import dev.imaged.server.admission.ListThreads;
import dev.imaged.server.engine.Cancellation;
import io.grpc.Status;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
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
    private final List<WatchSource> sources = new CopyOnWriteArrayList<>();
    private volatile ListExecutor executor = lists;
    private StreamFixture<SubscribeRequest, Envelope> streams;

    @BeforeEach
    void serve() throws Exception {
        streams = new StreamFixture<>(
                EventsGrpc.getSubscribeMethod(),
                SubscribeRequest.getDefaultInstance(),
                (request, call, account) -> WatchStream.open(
                        call,
                        account,
                        watches,
                        executor,
                        MAX_TIME,
                        sources.get(Integer.parseInt(request.getFilters(0)))));
    }

    @AfterEach
    void stop() {
        streams.close();
        watches.close();
        lists.close();
    }

    private StreamFixture<SubscribeRequest, Envelope>.Call call(WatchSource source) {
        sources.add(source);
        return streams.call(
                SubscribeRequest.newBuilder()
                        .addFilters(String.valueOf(sources.size() - 1))
                        .build(),
                1000);
    }

    private static String next(StreamFixture<SubscribeRequest, Envelope>.Call call) throws InterruptedException {
        return call.next().getTopic();
    }

    /** A source of messages that a test adds. */
    private static class Messages implements WatchSource {
        final Queue<ByteString> messages = new ConcurrentLinkedQueue<>();
        final CountDownLatch closed = new CountDownLatch(1);
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
        public @Nullable ByteString signOfLife() {
            return null;
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
        public void close() {
            closed.countDown();
        }
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

    /** A source whose messages take as much work as a list. */
    private static final class Snapshot extends Messages {
        @Override
        public boolean isList() {
            return true;
        }

        @Override
        public ByteString signOfLife() {
            return Envelope.newBuilder().setTopic("alive").build().toByteString();
        }

        @Override
        public Duration interval() {
            return Duration.ofMillis(1);
        }
    }

    /** Threads of lists none of which is free: all that is to run waits. */
    private static final class BusyLists implements ListExecutor {
        final BlockingQueue<ListTask> begun = new LinkedBlockingQueue<>();
        final BlockingQueue<ListTask> resumed = new LinkedBlockingQueue<>();
        final BlockingQueue<ListTask> withdrawn = new LinkedBlockingQueue<>();

        @Override
        public void execute(ListTask list) {
            begun.add(list);
        }

        @Override
        public void resume(ListTask list) {
            resumed.add(list);
        }

        @Override
        public void withdraw(ListTask list) {
            withdrawn.add(list);
        }
    }

    @Test
    void aWatchThatWaitsForAListThreadIsReleasedWhenItsCallerCancels() throws Exception {
        BusyLists busy = new BusyLists();
        executor = busy;
        Messages source = new Snapshot();
        var call = call(source);
        ListExecutor.ListTask waiting = busy.begun.take();
        call.cancel();
        source.closed.await();
        assertSame(waiting, busy.withdrawn.take());

        source.add("late");
        waiting.run();
        assertEquals(1, source.messages.size(), "nothing reads it any more");
    }

    @Test
    void aWatchThatWaitsForAListThreadIsReleasedWhenNoneIsLeft() throws Exception {
        BusyLists busy = new BusyLists();
        executor = busy;
        Messages source = new Snapshot();
        var call = call(source);
        busy.begun.take().fail(new ImageException.Unavailable("all threads of lists hang", null));

        assertEquals(Status.Code.UNAVAILABLE, call.end().getCode());
        source.closed.await();
    }

    @Test
    void aSnapshotIsRefusedLikeAListUntilItHasBegun() throws Exception {
        BusyLists busy = new BusyLists();
        executor = busy;
        Messages source = new Snapshot();
        var begun = call(source);
        busy.begun.take().run();
        executor = new ListExecutor() {
            @Override
            public void execute(ListTask list) {
                throw new ImageException.ResourceExhausted("too many lists wait already", null);
            }

            @Override
            public void resume(ListTask list) {
                busy.resume(list);
            }
        };
        Messages refused = new Snapshot();
        assertEquals(Status.Code.RESOURCE_EXHAUSTED, call(refused).end().getCode());
        refused.closed.await();

        source.add("more");
        busy.resumed.take().run();
        assertEquals("more", next(begun));
    }

    @Test
    void aWatchThatWaitsForAListThreadSaysThatItIsAlive() throws Exception {
        BusyLists busy = new BusyLists();
        executor = busy;
        Messages source = new Snapshot();
        var call = call(source);
        assertEquals("alive", next(call));
        assertEquals("alive", next(call));

        source.add("snapshot");
        busy.begun.take().run();
        String topic;
        do {
            topic = next(call);
        } while (topic.equals("alive"));
        assertEquals("snapshot", topic);
    }

    @Test
    void watchesThatFindNoEndDoNotStopTheOthers() throws Exception {
        List<StreamFixture<SubscribeRequest, Envelope>.Call> endless = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            endless.add(call(new Endless()));
        }
        List<Messages> sources = new ArrayList<>();
        List<StreamFixture<SubscribeRequest, Envelope>.Call> others = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            Messages source = new Messages();
            source.add("first");
            sources.add(source);
            others.add(call(source));
        }
        for (var other : others) {
            assertEquals("first", next(other));
        }
        sources.forEach(source -> source.add("second"));
        for (var other : others) {
            assertEquals("second", next(other));
        }
        for (var call : endless) {
            assertFalse(call.hasEnded(), "it still looks for its message");
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
        var call = call(source);

        assertEquals("a", next(call));
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
        var call = call(source);
        assertEquals("snapshot", next(call));
        assertEquals("list", threads.get(0));
        do { // the turn of the list may still go on
            source.add("change");
            assertEquals("change", next(call));
        } while (!threads.get(threads.size() - 1).equals("watch"));
    }
}
