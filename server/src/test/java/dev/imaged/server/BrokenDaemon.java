package dev.imaged.server;

import com.google.protobuf.ByteString;
import dev.imaged.proto.images.v1.Image;
import dev.imaged.proto.types.Descriptor;
import dev.imaged.proto.v1.BackupFile;
import dev.imaged.proto.v1.BackupRequest;
import dev.imaged.proto.v1.BackupResponse;
import dev.imaged.proto.v1.DumpRequest;
import dev.imaged.proto.v1.DumpResponse;
import dev.imaged.proto.v1.LoadRequest;
import dev.imaged.proto.v1.LoadResponse;
import dev.imaged.proto.v1.MaintenanceGrpc;
import dev.imaged.proto.v1.NamespacedImage;
import dev.imaged.proto.v1.StatsRequest;
import dev.imaged.proto.v1.StatsResponse;
import io.grpc.Grpc;
import io.grpc.InsecureServerCredentials;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.io.IOException;

/** A daemon whose connection is lost in the midst of each long call. */
final class BrokenDaemon extends MaintenanceGrpc.MaintenanceImplBase implements AutoCloseable {
    private final Server server;

    BrokenDaemon() throws IOException {
        server = Grpc.newServerBuilderForPort(0, InsecureServerCredentials.create())
                .addService(this)
                .build()
                .start();
    }

    String address() {
        return "127.0.0.1:" + server.getPort();
    }

    private static void lose(StreamObserver<?> call) {
        call.onError(Status.UNAVAILABLE.withDescription("connection lost").asRuntimeException());
    }

    @Override
    public void stats(StatsRequest request, StreamObserver<StatsResponse> call) {
        call.onNext(StatsResponse.newBuilder().setImages(2).build());
        call.onCompleted();
    }

    @Override
    public void dump(DumpRequest request, StreamObserver<DumpResponse> call) {
        Image image = Image.newBuilder()
                .setName("a")
                .setTarget(Descriptor.getDefaultInstance())
                .build();
        call.onNext(DumpResponse.newBuilder()
                .addImages(NamespacedImage.newBuilder().setNamespace("n").setImage(image))
                .build());
        lose(call);
    }

    @Override
    public void backup(BackupRequest request, StreamObserver<BackupResponse> call) {
        call.onNext(BackupResponse.newBuilder()
                .setFile(BackupFile.newBuilder().setName("00000000000.xd").setSize(4096))
                .build());
        call.onNext(BackupResponse.newBuilder()
                .setData(ByteString.copyFrom(new byte[100]))
                .build());
        lose(call);
    }

    @Override
    public StreamObserver<LoadRequest> load(StreamObserver<LoadResponse> call) {
        return new StreamObserver<>() {
            @Override
            public void onNext(LoadRequest request) {
                lose(call);
            }

            @Override
            public void onError(Throwable error) {}

            @Override
            public void onCompleted() {}
        };
    }

    @Override
    public void close() {
        server.shutdownNow();
    }
}
