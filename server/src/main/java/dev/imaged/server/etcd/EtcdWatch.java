package dev.imaged.server.etcd;

import com.google.protobuf.ByteString;
import dev.imaged.proto.etcd.Event;
import dev.imaged.proto.etcd.WatchCreateRequest;
import dev.imaged.proto.etcd.WatchGrpc;
import dev.imaged.proto.etcd.WatchRequest;
import dev.imaged.proto.etcd.WatchResponse;
import io.grpc.Channel;
import io.grpc.ClientInterceptors;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import io.grpc.stub.MetadataUtils;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One watch of a member, over all keys of a prefix. No more responses are asked for while {@value #WINDOW_BYTES} bytes wait to be
 * {@linkplain #applied applied}. Its listener is called on a thread of the connection and must not block.
 */
final class EtcdWatch implements ClientResponseObserver<WatchRequest, WatchResponse> {
    /** A member that has no leader ends the watch, instead of being silent. */
    private static final Metadata.Key<String> HAS_LEADER =
            Metadata.Key.of("hasleader", Metadata.ASCII_STRING_MARSHALLER);

    /** What comes while the view is busy is one commit of it. A response has some MiB at most. */
    private static final long WINDOW_BYTES = 4L * 1024 * 1024;

    /** What a response takes besides its events. */
    private static final long OVERHEAD_BYTES = 512;

    private final Listener listener;

    /** The events of the last revision of a fragment, which may have more in the next. */
    private List<Event> begun = new ArrayList<>();

    private @Nullable ClientCallStreamObserver<WatchRequest> requests;

    /** The bytes of the responses that wait to be applied, and whether another one is asked for; under the lock of this object. */
    private long waiting;

    private boolean isAsked = true;
    private boolean ended;

    /** Hears of a watch. */
    interface Listener {
        /**
         * Events came, whole revisions in order.
         *
         * @param bytes what to call {@link EtcdWatch#applied} with, once
         */
        void events(EtcdWatch watch, List<Event> events, long bytes);

        /** The watch has ended; called once. */
        void ended(EtcdWatch watch, Status reason);

        /** The watch has ended, because etcd does not keep what it asked for; called once. */
        void compacted(EtcdWatch watch, long oldest);
    }

    EtcdWatch(Listener listener) {
        this.listener = listener;
    }

    /** Starts the watch, once, from a revision on. */
    void start(Channel channel, ByteString prefix, long from) {
        Metadata headers = new Metadata();
        headers.put(HAS_LEADER, "true");
        var stub = WatchGrpc.newStub(
                ClientInterceptors.intercept(channel, MetadataUtils.newAttachHeadersInterceptor(headers)));
        stub.watch(this)
                .onNext(WatchRequest.newBuilder()
                        .setCreateRequest(WatchCreateRequest.newBuilder()
                                .setKey(prefix)
                                .setRangeEnd(EtcdKeys.end(prefix))
                                .setStartRevision(from)
                                .setFragment(true))
                        .build());
    }

    @Override
    public void beforeStart(ClientCallStreamObserver<WatchRequest> stream) {
        stream.disableAutoRequestWithInitial(1);
        requests = stream;
    }

    /** Says that events wait no more. On any thread. */
    void applied(long bytes) {
        synchronized (this) {
            waiting -= bytes;
        }
        ask();
    }

    /** Whether events wait to be applied: the watch may then be silent because it does not ask for more. On any thread. */
    synchronized boolean isBusy() {
        return waiting > 0;
    }

    /** Asks for another response, unless one is asked for or too much waits. */
    private void ask() {
        synchronized (this) {
            if (isAsked || waiting >= WINDOW_BYTES) {
                return;
            }
            isAsked = true;
        }
        if (requests != null) {
            requests.request(1);
        }
    }

    void cancel() {
        if (requests != null) {
            requests.cancel("the watch is not needed any more", null);
        }
    }

    @Override
    public void onNext(WatchResponse response) {
        if (response.getCompactRevision() > 0) {
            ended = true;
            listener.compacted(this, response.getCompactRevision());
            cancel();
        } else if (response.getCanceled()) {
            onError(Status.UNAVAILABLE
                    .withDescription(response.getCancelReason())
                    .asRuntimeException());
            cancel();
        } else {
            List<Event> whole = whole(response);
            long bytes = OVERHEAD_BYTES + response.getSerializedSize();
            synchronized (this) {
                isAsked = false;
                waiting += whole.isEmpty() ? 0 : bytes;
            }
            if (!whole.isEmpty()) {
                listener.events(this, whole, bytes);
            }
            ask();
        }
    }

    /** Returns the events of the revisions that are whole with a response. */
    private List<Event> whole(WatchResponse response) {
        List<Event> events = begun;
        events.addAll(response.getEventsList());
        begun = new ArrayList<>();
        if (!response.getFragment() || events.isEmpty()) {
            return events;
        }
        int end = events.size();
        long last = events.get(end - 1).getKv().getModRevision();
        while (end > 0 && events.get(end - 1).getKv().getModRevision() == last) {
            end--;
        }
        begun.addAll(events.subList(end, events.size()));
        return events.subList(0, end);
    }

    @Override
    public void onError(Throwable error) {
        if (!ended) {
            ended = true;
            listener.ended(this, Status.fromThrowable(error));
        }
    }

    @Override
    public void onCompleted() {
        onError(Status.UNAVAILABLE.withDescription("etcd ended the watch").asRuntimeException());
    }
}
