package dev.imaged.server.etcd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import dev.imaged.proto.etcd.Event;
import dev.imaged.proto.etcd.KeyValue;
import dev.imaged.proto.etcd.WatchRequest;
import dev.imaged.proto.etcd.WatchResponse;
import io.grpc.Status;
import io.grpc.stub.ClientCallStreamObserver;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** A watch passes on whole revisions, and asks for no more than fits into memory. */
class EtcdWatchTest {
    private static final int MIB = 1 << 20;

    private final List<List<Long>> heard = new ArrayList<>();
    private final List<Long> sizes = new ArrayList<>();
    private final Requests requests = new Requests();
    private final EtcdWatch watch = new EtcdWatch(new EtcdWatch.Listener() {
        @Override
        public void events(EtcdWatch source, List<Event> events, long bytes) {
            heard.add(
                    events.stream().map(event -> event.getKv().getModRevision()).toList());
            sizes.add(bytes);
        }

        @Override
        public void ended(EtcdWatch ended, Status reason) {
            throw new AssertionError(reason.toString());
        }

        @Override
        public void compacted(EtcdWatch ended, long oldest) {
            throw new AssertionError("compacted");
        }
    });

    EtcdWatchTest() {
        watch.beforeStart(requests);
    }

    /** Counts the responses that are asked for. */
    private static final class Requests extends ClientCallStreamObserver<WatchRequest> {
        private int asked;

        @Override
        public void disableAutoRequestWithInitial(int count) {
            asked += count;
        }

        @Override
        public void request(int count) {
            asked += count;
        }

        @Override
        public void cancel(@Nullable String message, @Nullable Throwable cause) {}

        @Override
        public boolean isReady() {
            return true;
        }

        @Override
        public void setOnReadyHandler(Runnable handler) {}

        @Override
        public void disableAutoInboundFlowControl() {}

        @Override
        public void setMessageCompression(boolean enable) {}

        @Override
        public void onNext(WatchRequest request) {}

        @Override
        public void onError(Throwable error) {}

        @Override
        public void onCompleted() {}
    }

    private static WatchResponse response(boolean isFragment, int bytes, long... revisions) {
        WatchResponse.Builder response = WatchResponse.newBuilder().setFragment(isFragment);
        for (long revision : revisions) {
            response.addEvents(Event.newBuilder()
                    .setKv(KeyValue.newBuilder()
                            .setModRevision(revision)
                            .setValue(ByteString.copyFrom(new byte[bytes]))));
        }
        return response.build();
    }

    @Test
    void aRevisionThatIsSplitIsPassedOnOnceItIsWhole() {
        watch.onNext(response(true, 1, 5, 6, 7, 7));
        watch.onNext(response(true, 1, 7, 7));
        watch.onNext(response(true, 1, 7, 8));
        watch.onNext(response(false, 1, 8, 9));
        watch.onNext(response(false, 1, 10));

        assertEquals(List.of(List.of(5L, 6L), List.of(7L, 7L, 7L, 7L, 7L), List.of(8L, 8L, 9L), List.of(10L)), heard);
        assertEquals(6, requests.asked);
    }

    @Test
    void nothingIsAskedForWhileMuchWaits() {
        watch.onNext(response(false, 2 * MIB, 1));
        watch.onNext(response(false, 2 * MIB, 2));
        assertEquals(2, requests.asked);

        watch.applied(sizes.get(0));
        assertEquals(3, requests.asked);
        assertTrue(watch.isBusy());
        watch.applied(sizes.get(1));
        assertEquals(3, requests.asked);
        assertFalse(watch.isBusy());
    }
}
