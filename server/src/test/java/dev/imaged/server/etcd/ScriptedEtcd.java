package dev.imaged.server.etcd;

import dev.imaged.proto.etcd.KVGrpc;
import dev.imaged.proto.etcd.LeaseGrantRequest;
import dev.imaged.proto.etcd.LeaseGrantResponse;
import dev.imaged.proto.etcd.LeaseGrpc;
import dev.imaged.proto.etcd.RangeRequest;
import dev.imaged.proto.etcd.RangeResponse;
import dev.imaged.proto.etcd.ResponseHeader;
import dev.imaged.proto.etcd.TxnRequest;
import dev.imaged.proto.etcd.TxnResponse;
import io.grpc.Grpc;
import io.grpc.InsecureServerCredentials;
import io.grpc.Server;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;

/** A member that answers as a test says. It keeps nothing. */
final class ScriptedEtcd implements AutoCloseable {
    private final Server server;
    private final AtomicLong leases = new AtomicLong();
    final List<LeaseGrantRequest> grants = new CopyOnWriteArrayList<>();
    final List<TxnRequest> transactions = new CopyOnWriteArrayList<>();

    /** Answers a transaction; null for no answer. What it throws is the error of the call. */
    volatile Function<TxnRequest, TxnResponse> answer;

    /** Answers a read; null for no answer. What it throws is the error of the call. */
    volatile Function<RangeRequest, RangeResponse> read = request -> RangeResponse.getDefaultInstance();

    ScriptedEtcd(Function<TxnRequest, TxnResponse> answer) throws IOException {
        this.answer = answer;
        this.server = Grpc.newServerBuilderForPort(0, InsecureServerCredentials.create())
                .addService(new Store())
                .addService(new Leases())
                .build()
                .start();
    }

    EtcdConfig config() {
        return new EtcdConfig(List.of("127.0.0.1:" + server.getPort()), "/p/", null, EtcdConfig.Reads.CURRENT);
    }

    /** Returns the answer of a transaction that was carried out. */
    static TxnResponse succeeded(long revision) {
        return TxnResponse.newBuilder()
                .setSucceeded(true)
                .setHeader(ResponseHeader.newBuilder().setRevision(revision))
                .build();
    }

    @Override
    public void close() {
        server.shutdownNow();
    }

    private static <T> void answer(StreamObserver<T> observer, T response) {
        if (response != null) {
            observer.onNext(response);
            observer.onCompleted();
        }
    }

    private final class Store extends KVGrpc.KVImplBase {
        @Override
        public void txn(TxnRequest request, StreamObserver<TxnResponse> observer) {
            transactions.add(request);
            try {
                answer(observer, answer.apply(request));
            } catch (RuntimeException e) {
                observer.onError(e);
            }
        }

        @Override
        public void range(RangeRequest request, StreamObserver<RangeResponse> observer) {
            try {
                answer(observer, read.apply(request));
            } catch (RuntimeException e) {
                observer.onError(e);
            }
        }
    }

    private final class Leases extends LeaseGrpc.LeaseImplBase {
        @Override
        public void leaseGrant(LeaseGrantRequest request, StreamObserver<LeaseGrantResponse> observer) {
            grants.add(request);
            answer(
                    observer,
                    LeaseGrantResponse.newBuilder()
                            .setID(leases.incrementAndGet())
                            .build());
        }
    }
}
