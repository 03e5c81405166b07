package dev.imaged.bench;

import com.google.protobuf.ByteString;
import dev.imaged.proto.etcd.Compare;
import dev.imaged.proto.etcd.KVGrpc;
import dev.imaged.proto.etcd.PutRequest;
import dev.imaged.proto.etcd.RequestOp;
import dev.imaged.proto.etcd.TxnRequest;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import java.util.UUID;

/**
 * The transactions that creates are, sent to etcd without a daemon: an image under a key that must be free, and the mark of the commit.
 */
final class EtcdPuts implements AutoCloseable {
    private static final MethodDescriptor<byte[], byte[]> TXN = RawMethods.of(KVGrpc.getTxnMethod());
    private static final int MARK_BYTES = 60;

    private final ManagedChannel channel;
    private final String prefix = "/bench-" + UUID.randomUUID() + "/";
    private long created;

    EtcdPuts(String endpoint) {
        this.channel = NettyChannelBuilder.forTarget("dns:///" + endpoint, InsecureChannelCredentials.create())
                .directExecutor()
                .disableRetry()
                .build();
    }

    /** Keeps a number of transactions in flight for a while. */
    LoadGenerator.Run run(int inFlight, long nanos) throws InterruptedException {
        long first = created;
        LoadGenerator.Run run = new ClosedLoop(
                        channel,
                        Contender.NAMESPACE,
                        inFlight,
                        nanos,
                        number -> new LoadGenerator.Call(TXN, request(first + number), true))
                .run();
        created += run.calls();
        return run;
    }

    private byte[] request(long i) {
        ByteString key = ByteString.copyFromUtf8(prefix + "i/" + SyntheticImages.name(i));
        return TxnRequest.newBuilder()
                .addCompare(Compare.newBuilder()
                        .setKey(key)
                        .setTarget(Compare.CompareTarget.MOD)
                        .setResult(Compare.CompareResult.EQUAL)
                        .setModRevision(0))
                .addSuccess(put(key, SyntheticImages.image(i).toByteString()))
                .addSuccess(put(ByteString.copyFromUtf8(prefix + "m"), ByteString.copyFrom(new byte[MARK_BYTES])))
                .build()
                .toByteArray();
    }

    private static RequestOp put(ByteString key, ByteString value) {
        return RequestOp.newBuilder()
                .setRequestPut(PutRequest.newBuilder().setKey(key).setValue(value))
                .build();
    }

    @Override
    public void close() {
        channel.shutdownNow();
    }
}
