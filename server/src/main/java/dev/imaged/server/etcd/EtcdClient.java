package dev.imaged.server.etcd;

import com.google.protobuf.ByteString;
import dev.imaged.proto.etcd.CompactionRequest;
import dev.imaged.proto.etcd.CompactionResponse;
import dev.imaged.proto.etcd.KVGrpc;
import dev.imaged.proto.etcd.LeaseGrantRequest;
import dev.imaged.proto.etcd.LeaseGrantResponse;
import dev.imaged.proto.etcd.LeaseGrpc;
import dev.imaged.proto.etcd.RangeRequest;
import dev.imaged.proto.etcd.RangeResponse;
import dev.imaged.proto.etcd.TxnRequest;
import dev.imaged.proto.etcd.TxnResponse;
import io.grpc.CallOptions;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Calls an etcd cluster: one member after the other, until one answers. Futures fail with {@link StatusRuntimeException}, and complete on
 * a thread of the connection, which must not be blocked. Thread-safe.
 */
final class EtcdClient implements AutoCloseable {
    /** How long a member has to answer. */
    static final Duration DEADLINE = Duration.ofSeconds(2);

    /** How long members are tried: longer than the election of a leader takes. */
    static final Duration PATIENCE = Duration.ofSeconds(4);

    /** How long to wait after all members have failed. */
    private static final long PAUSE_MILLIS = 100;

    private final EtcdMembers members;

    EtcdClient(EtcdConfig config) {
        this.members = new EtcdMembers(config);
    }

    EtcdMembers members() {
        return members;
    }

    /** Reads keys; by default what every commit led to that was acknowledged before. */
    CompletableFuture<RangeResponse> range(RangeRequest request) {
        return call(KVGrpc.getRangeMethod(), request, true);
    }

    /** Reads one key. */
    CompletableFuture<RangeResponse> get(ByteString key) {
        return range(RangeRequest.newBuilder().setKey(key).build());
    }

    /**
     * Reads one key as it was at a revision; null when etcd has dropped that revision. For a thread that may wait.
     *
     * @throws dev.imaged.errors.ImageException when etcd does not answer
     */
    @Nullable
    RangeResponse getAt(ByteString key, long revision) {
        try {
            return range(RangeRequest.newBuilder()
                            .setKey(key)
                            .setRevision(revision)
                            .build())
                    .join();
        } catch (CompletionException e) {
            Throwable cause = EtcdErrors.cause(e);
            if (EtcdErrors.isCompacted(cause)) {
                return null;
            }
            throw EtcdErrors.notDone(cause);
        }
    }

    /**
     * Runs a transaction. When it writes, it is sent to another member only if it is certain that it was not carried out; see
     * {@link EtcdErrors#isNotDone}.
     */
    CompletableFuture<TxnResponse> txn(TxnRequest request, boolean mayRepeat) {
        return call(KVGrpc.getTxnMethod(), request, mayRepeat);
    }

    /** Drops all revisions before one. */
    CompletableFuture<CompactionResponse> compact(long revision) {
        return call(
                KVGrpc.getCompactMethod(),
                CompactionRequest.newBuilder().setRevision(revision).build(),
                true);
    }

    /** Makes a lease. */
    CompletableFuture<LeaseGrantResponse> grant(Duration time) {
        return call(
                LeaseGrpc.getLeaseGrantMethod(),
                LeaseGrantRequest.newBuilder().setTTL(time.toSeconds()).build(),
                true);
    }

    private <Q, R> CompletableFuture<R> call(MethodDescriptor<Q, R> method, Q request, boolean mayRepeat) {
        CompletableFuture<R> result = new CompletableFuture<>();
        new Call<>(method, request, mayRepeat, result).attempt();
        return result;
    }

    @Override
    public void close() {
        members.close();
    }

    /** A call at one member after the other. */
    private final class Call<Q, R> implements StreamObserver<R> {
        private final MethodDescriptor<Q, R> method;
        private final Q request;
        private final boolean mayRepeat;
        private final CompletableFuture<R> result;
        private final long start = System.nanoTime();
        private EtcdMembers.Member member;
        private int attempts;
        private boolean isTokenRenewed;
        private @Nullable R answer;

        Call(MethodDescriptor<Q, R> method, Q request, boolean mayRepeat, CompletableFuture<R> result) {
            this.method = method;
            this.request = request;
            this.mayRepeat = mayRepeat;
            this.result = result;
            this.member = members.current();
        }

        void attempt() {
            attempts++;
            member = members.current();
            CallOptions options = CallOptions.DEFAULT.withDeadlineAfter(DEADLINE.toMillis(), TimeUnit.MILLISECONDS);
            try {
                ClientCalls.asyncUnaryCall(member.channel().newCall(method, options), request, this);
            } catch (RuntimeException e) { // whoever waits must not do so for ever
                result.completeExceptionally(Status.INTERNAL
                        .withDescription("the call failed: " + e)
                        .withCause(e)
                        .asRuntimeException());
            }
        }

        @Override
        public void onNext(R response) {
            answer = response;
        }

        @Override
        public void onCompleted() {
            if (answer == null) {
                onError(Status.INTERNAL
                        .withDescription("etcd ended the call without an answer")
                        .asRuntimeException());
            } else {
                result.complete(answer);
            }
        }

        @Override
        public void onError(Throwable error) {
            Status status = Status.fromThrowable(error);
            if (EtcdErrors.isTokenRefused(status) && !isTokenRenewed) {
                isTokenRenewed = true;
                attempt(); // which logs in again
                return;
            }
            boolean isLate = System.nanoTime() - start > PATIENCE.toNanos();
            boolean isOfMember = EtcdErrors.isOfMember(status);
            if (isOfMember) {
                members.leave(member);
            }
            if (isLate || members.isClosed() || !isOfMember || !(mayRepeat || EtcdErrors.isNotDone(status))) {
                result.completeExceptionally(error);
            } else {
                later().execute(this::attempt);
            }
        }

        /** Waits once all members were tried. */
        private Executor later() {
            return attempts % members.count() != 0
                    ? Runnable::run
                    : CompletableFuture.delayedExecutor(PAUSE_MILLIS, TimeUnit.MILLISECONDS);
        }
    }
}
