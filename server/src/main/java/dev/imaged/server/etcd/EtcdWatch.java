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
 * One watch of a member, over all keys of a prefix. Only {@value #WINDOW} responses come before {@link #next} asks for more. Its
 * listener is called on a thread of the connection and must not block.
 */
final class EtcdWatch implements ClientResponseObserver<WatchRequest, WatchResponse> {
    /** A member that has no leader ends the watch, instead of being silent. */
    private static final Metadata.Key<String> HAS_LEADER =
            Metadata.Key.of("hasleader", Metadata.ASCII_STRING_MARSHALLER);

    /** The view takes what has come in one commit. A response has some MiB at most. */
    private static final int WINDOW = 16;

    private final Listener listener;
    private final List<Event> fragments = new ArrayList<>();
    private @Nullable ClientCallStreamObserver<WatchRequest> requests;
    private boolean ended;

    /** Hears of a watch. */
    interface Listener {
        /** The watch has begun. */
        void started(EtcdWatch watch);

        /** Events came, whole revisions in order. */
        void events(EtcdWatch watch, List<Event> events);

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
        stream.disableAutoRequestWithInitial(WINDOW);
        requests = stream;
    }

    /** Asks for another response. */
    void next() {
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
        } else if (response.getCreated()) {
            listener.started(this);
            next();
        } else if (response.getFragment()) {
            fragments.addAll(response.getEventsList());
            next();
        } else {
            List<Event> whole = new ArrayList<>(fragments);
            fragments.clear();
            whole.addAll(response.getEventsList());
            listener.events(this, whole);
        }
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
