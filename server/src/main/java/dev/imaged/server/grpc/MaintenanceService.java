package dev.imaged.server.grpc;

import com.google.protobuf.ByteString;
import dev.imaged.internal.wire.ImageBatch;
import dev.imaged.internal.wire.MaintenanceProtos;
import dev.imaged.maintenance.BackupSink;
import dev.imaged.maintenance.Maintenance;
import dev.imaged.proto.v1.BackupFile;
import dev.imaged.proto.v1.BackupRequest;
import dev.imaged.proto.v1.BackupResponse;
import dev.imaged.proto.v1.CheckRequest;
import dev.imaged.proto.v1.CheckResponse;
import dev.imaged.proto.v1.DumpRequest;
import dev.imaged.proto.v1.DumpResponse;
import dev.imaged.proto.v1.LoadRequest;
import dev.imaged.proto.v1.LoadResponse;
import dev.imaged.proto.v1.MaintenanceGrpc;
import dev.imaged.proto.v1.StatsRequest;
import dev.imaged.proto.v1.StatsResponse;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.concurrent.Executor;

/** Serves the maintenance of the whole store. Every call may take long, and runs on an executor of its own. */
public final class MaintenanceService extends MaintenanceGrpc.MaintenanceImplBase {
    private final Maintenance maintenance;
    private final BackgroundCalls calls;

    /** @param executor rejects a task when too many wait */
    public MaintenanceService(Maintenance maintenance, Executor executor) {
        this.maintenance = maintenance;
        this.calls = new BackgroundCalls(executor);
    }

    @Override
    public void stats(StatsRequest request, StreamObserver<StatsResponse> call) {
        calls.run(call, () -> BackgroundCalls.answer(call, MaintenanceProtos.toProto(maintenance.stats())));
    }

    @Override
    public void check(CheckRequest request, StreamObserver<CheckResponse> call) {
        calls.run(call, () -> BackgroundCalls.answer(call, MaintenanceProtos.toProto(maintenance.check())));
    }

    @Override
    public void dump(DumpRequest request, StreamObserver<DumpResponse> call) {
        PacedStream<DumpResponse> responses = new PacedStream<>((ServerCallStreamObserver<DumpResponse>) call);
        calls.run(call, () -> {
            ImageBatch batch = new ImageBatch();
            maintenance.dump(image -> {
                if (!batch.add(image)) {
                    responses.send(
                            DumpResponse.newBuilder().addAllImages(batch.take()).build());
                    batch.add(image);
                }
            });
            responses.send(DumpResponse.newBuilder().addAllImages(batch.take()).build());
            call.onCompleted();
        });
    }

    @Override
    public StreamObserver<LoadRequest> load(StreamObserver<LoadResponse> call) {
        return new LoadCall(maintenance, (ServerCallStreamObserver<LoadResponse>) call, task -> calls.run(call, task));
    }

    @Override
    public void backup(BackupRequest request, StreamObserver<BackupResponse> call) {
        PacedStream<BackupResponse> responses = new PacedStream<>((ServerCallStreamObserver<BackupResponse>) call);
        calls.run(call, () -> {
            long revision = maintenance.backup(new BackupSink() {
                @Override
                public void file(BackupFile file) {
                    responses.send(BackupResponse.newBuilder()
                            .setFile(dev.imaged.proto.v1.BackupFile.newBuilder()
                                    .setName(file.name())
                                    .setSize(file.bytes()))
                            .build());
                }

                @Override
                public void data(byte[] bytes, int count) {
                    responses.send(BackupResponse.newBuilder()
                            .setData(ByteString.copyFrom(bytes, 0, count))
                            .build());
                }

                @Override
                public void finish() {}

                @Override
                public void close() {}
            });
            responses.send(BackupResponse.newBuilder().setRevision(revision).build());
            call.onCompleted();
        });
    }
}
