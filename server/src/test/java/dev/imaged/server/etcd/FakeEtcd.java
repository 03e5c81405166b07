package dev.imaged.server.etcd;

import com.google.protobuf.ByteString;
import dev.imaged.proto.etcd.Event;
import dev.imaged.proto.etcd.Event.EventType;
import dev.imaged.proto.etcd.KVGrpc;
import dev.imaged.proto.etcd.KeyValue;
import dev.imaged.proto.etcd.RangeRequest;
import dev.imaged.proto.etcd.RangeResponse;
import dev.imaged.proto.etcd.RequestOp;
import dev.imaged.proto.etcd.ResponseHeader;
import dev.imaged.proto.etcd.ResponseOp;
import dev.imaged.proto.etcd.TxnRequest;
import dev.imaged.proto.etcd.TxnResponse;
import dev.imaged.proto.etcd.WatchGrpc;
import dev.imaged.proto.etcd.WatchRequest;
import dev.imaged.proto.etcd.WatchResponse;
import io.grpc.Grpc;
import io.grpc.InsecureServerCredentials;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A member of etcd that holds keys in memory, and whose past and watches a test decides about. Thread-safe. */
final class FakeEtcd implements AutoCloseable {
    static final String PREFIX = "/fake/";

    private final Server server;
    private final List<Event> events = new ArrayList<>();
    private final List<Long> watched = new ArrayList<>();
    private final List<StreamObserver<WatchResponse>> watches = new ArrayList<>();
    private long revision = 1;
    private long compacted;
    private boolean isSilent;

    /** Runs before each transaction is answered. */
    volatile Runnable beforeTxn = () -> {};

    FakeEtcd() throws IOException {
        server = Grpc.newServerBuilderForPort(0, InsecureServerCredentials.create())
                .addService(new KV())
                .addService(new Watch())
                .build()
                .start();
    }

    EtcdConfig config() {
        return new EtcdConfig(List.of("127.0.0.1:" + server.getPort()), PREFIX, null, EtcdConfig.Reads.CURRENT);
    }

    /** Puts keys with one revision, which it returns. */
    synchronized long put(Map<ByteString, ByteString> values) {
        revision++;
        int from = events.size();
        values.forEach((key, value) -> events.add(Event.newBuilder()
                .setType(EventType.PUT)
                .setKv(KeyValue.newBuilder()
                        .setKey(key)
                        .setValue(value)
                        .setCreateRevision(revision)
                        .setModRevision(revision))
                .build()));
        tell(from);
        return revision;
    }

    /** Deletes keys, and puts others, with one revision, which it returns. */
    synchronized long delete(ByteString key, Map<ByteString, ByteString> values) {
        int from = events.size();
        events.add(Event.newBuilder()
                .setType(EventType.DELETE)
                .setKv(KeyValue.newBuilder().setKey(key).setModRevision(revision + 1))
                .build());
        boolean wasSilent = isSilent;
        isSilent = true;
        put(values);
        isSilent = wasSilent;
        tell(from);
        return revision;
    }

    private void tell(int from) {
        if (!isSilent) {
            watches.forEach(watch -> watch.onNext(response(events.subList(from, events.size()))));
        }
    }

    private static WatchResponse response(List<Event> some) {
        return WatchResponse.newBuilder().addAllEvents(some).build();
    }

    /** Has the revision rise, as keys that nobody watches do. */
    synchronized void goOn(long revisions) {
        revision += revisions;
    }

    /** Drops what was before a revision. */
    synchronized void compact(long oldest) {
        compacted = oldest;
    }

    /** Forgets all behind a revision, as a restored backup does, and tells nothing until watches start again. */
    synchronized void setBack(long to) {
        isSilent = true;
        events.removeIf(event -> event.getKv().getModRevision() > to);
        revision = to;
    }

    /** Has watches tell nothing any more. */
    synchronized void silence(boolean silent) {
        isSilent = silent;
    }

    /** Ends all watches. Those that start behind that are told everything. */
    synchronized void endWatches() {
        isSilent = false;
        watches.forEach(watch -> watch.onError(Status.UNAVAILABLE.asRuntimeException()));
        watches.clear();
    }

    /** Returns the revisions that watches started at. */
    synchronized List<Long> watched() {
        return List.copyOf(watched);
    }

    private ResponseHeader header() {
        return ResponseHeader.newBuilder().setRevision(revision).build();
    }

    private synchronized RangeResponse range(RangeRequest request) {
        long at = request.getRevision() == 0 ? revision : request.getRevision();
        if (at < compacted) {
            throw new StatusRuntimeException(
                    Status.OUT_OF_RANGE.withDescription("etcdserver: mvcc: required revision has been compacted"));
        }
        Optional<Event> last = events.stream()
                .filter(event -> event.getKv().getKey().equals(request.getKey())
                        && event.getKv().getModRevision() <= at)
                .reduce((one, later) -> later);
        RangeResponse.Builder response = RangeResponse.newBuilder().setHeader(header());
        last.filter(event -> event.getType() == EventType.PUT).ifPresent(event -> response.addKvs(event.getKv()));
        return response.build();
    }

    private final class KV extends KVGrpc.KVImplBase {
        @Override
        public void range(RangeRequest request, StreamObserver<RangeResponse> observer) {
            try {
                observer.onNext(FakeEtcd.this.range(request));
                observer.onCompleted();
            } catch (StatusRuntimeException e) {
                observer.onError(e);
            }
        }

        /** Only reads. */
        @Override
        public void txn(TxnRequest request, StreamObserver<TxnResponse> observer) {
            beforeTxn.run();
            synchronized (FakeEtcd.this) {
                TxnResponse.Builder response =
                        TxnResponse.newBuilder().setHeader(header()).setSucceeded(true);
                for (RequestOp operation : request.getSuccessList()) {
                    response.addResponses(
                            ResponseOp.newBuilder().setResponseRange(FakeEtcd.this.range(operation.getRequestRange())));
                }
                observer.onNext(response.build());
                observer.onCompleted();
            }
        }
    }

    private final class Watch extends WatchGrpc.WatchImplBase {
        @Override
        public StreamObserver<WatchRequest> watch(StreamObserver<WatchResponse> observer) {
            return new StreamObserver<>() {
                @Override
                public void onNext(WatchRequest request) {
                    start(request.getCreateRequest().getStartRevision(), observer);
                }

                @Override
                public void onError(Throwable error) {
                    synchronized (FakeEtcd.this) {
                        watches.remove(observer);
                    }
                }

                @Override
                public void onCompleted() {
                    observer.onCompleted();
                }
            };
        }

        private void start(long from, StreamObserver<WatchResponse> observer) {
            synchronized (FakeEtcd.this) {
                watched.add(from);
                if (from < compacted) {
                    observer.onNext(WatchResponse.newBuilder()
                            .setCompactRevision(compacted)
                            .setCanceled(true)
                            .build());
                    observer.onCompleted();
                    return;
                }
                watches.add(observer);
                List<Event> missed = events.stream()
                        .filter(event -> event.getKv().getModRevision() >= from)
                        .toList();
                if (!missed.isEmpty() && !isSilent) {
                    observer.onNext(response(missed));
                }
            }
        }
    }

    @Override
    public void close() {
        server.shutdownNow();
    }
}
