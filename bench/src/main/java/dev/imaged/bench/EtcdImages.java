package dev.imaged.bench;

import com.google.protobuf.ByteString;
import dev.imaged.proto.etcd.KVGrpc;
import dev.imaged.proto.etcd.PutRequest;
import dev.imaged.proto.etcd.RequestOp;
import dev.imaged.proto.etcd.TxnRequest;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;

/** Puts images into an etcd as daemons would have written them, many in a transaction: a million takes a minute instead of a quarter of an hour. */
final class EtcdImages {
    private static final String PREFIX = "/imaged/1/"; // the default of the daemon
    private static final int IN_TRANSACTION = 100; // etcd takes 128 operations

    private EtcdImages() {}

    /** Puts the images from 0 on. */
    static void put(String endpoint, int images) {
        ManagedChannel channel = Grpc.newChannelBuilder("dns:///" + endpoint, InsecureChannelCredentials.create())
                .build();
        try {
            KVGrpc.KVBlockingStub store = KVGrpc.newBlockingStub(channel);
            for (int from = 0; from < images; from += IN_TRANSACTION) {
                TxnRequest.Builder request = TxnRequest.newBuilder();
                for (int i = from; i < Math.min(images, from + IN_TRANSACTION); i++) {
                    request.addSuccess(put(
                            PREFIX + "i/" + Contender.NAMESPACE + "\0" + SyntheticImages.name(i),
                            SyntheticImages.answer(i).toByteString()));
                }
                store.txn(
                        request.addSuccess(put(PREFIX + "m", ByteString.EMPTY)).build());
            }
        } finally {
            channel.shutdownNow();
        }
    }

    private static RequestOp put(String key, ByteString value) {
        return RequestOp.newBuilder()
                .setRequestPut(PutRequest.newBuilder()
                        .setKey(ByteString.copyFromUtf8(key))
                        .setValue(value))
                .build();
    }
}
