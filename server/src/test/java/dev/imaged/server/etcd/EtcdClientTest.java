package dev.imaged.server.etcd;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.protobuf.ByteString;
import dev.imaged.proto.etcd.RangeResponse;
import dev.imaged.proto.etcd.TxnRequest;
import dev.imaged.proto.etcd.TxnResponse;
import io.grpc.Context;
import io.grpc.Context.CancellableContext;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Calls of etcd belong to the daemon, not to the caller in whose turn they are made. */
@Timeout(60)
class EtcdClientTest {
    @Test
    void aCallGoesOnWhenTheCallThatItWasMadeInEnds() throws Exception {
        CountDownLatch arrived = new CountDownLatch(1);
        CountDownLatch left = new CountDownLatch(1);
        try (ScriptedEtcd etcd = new ScriptedEtcd(request -> {
                    arrived.countDown();
                    await(left);
                    return ScriptedEtcd.succeeded(7);
                });
                EtcdClient client = new EtcdClient(etcd.config());
                CancellableContext caller = Context.current().withCancellation()) {
            CompletableFuture<TxnResponse> write =
                    caller.call(() -> client.txn(TxnRequest.getDefaultInstance(), false));
            arrived.await();
            caller.cancel(null);
            left.countDown();

            assertEquals(7, write.join().getHeader().getRevision());
        }
    }

    @Test
    void whatFollowsAnAnswerDoesNotEndWithTheCallThatAskedFirst() throws Exception {
        CountDownLatch left = new CountDownLatch(1);
        try (ScriptedEtcd etcd = new ScriptedEtcd(request -> ScriptedEtcd.succeeded(7));
                EtcdClient client = new EtcdClient(etcd.config());
                CancellableContext caller = Context.current().withCancellation()) {
            etcd.read = request -> {
                await(left);
                return RangeResponse.newBuilder().setCount(3).build();
            };
            CompletableFuture<CompletableFuture<RangeResponse>> next =
                    caller.call(() -> client.txn(TxnRequest.getDefaultInstance(), false)
                            .thenApply(answer -> client.get(ByteString.copyFromUtf8("k"))));
            CompletableFuture<RangeResponse> read = next.join();
            caller.cancel(null);
            left.countDown();

            assertEquals(3, read.join().getCount());
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
