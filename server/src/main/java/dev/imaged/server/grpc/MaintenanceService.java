package dev.imaged.server.grpc;

import com.google.protobuf.ByteString;
import dev.imaged.errors.ImageException;
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
import dev.imaged.server.engine.BackupSink;
import dev.imaged.server.engine.Maintenance;
import dev.imaged.wire.GrpcErrors;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Serves what an operator does with the whole store. All of it may take long, and runs on an executor of its own. */
public final class MaintenanceService extends MaintenanceGrpc.MaintenanceImplBase {
    private static final Logger log = LoggerFactory.getLogger(MaintenanceService.class);

    private final Maintenance maintenance;
    private final Executor executor;

    /** @param executor refuses what is too much */
    public MaintenanceService(Maintenance maintenance, Executor executor) {
        this.maintenance = maintenance;
        this.executor = executor;
    }

    /** What a call does, from its begin to its answer. */
    interface Task {
        void run() throws IOException;
    }

    @Override
    public void stats(StatsRequest request, StreamObserver<StatsResponse> call) {
        run(call, () -> answer(call, MaintenanceProtos.toProto(maintenance.stats())));
    }

    @Override
    public void check(CheckRequest request, StreamObserver<CheckResponse> call) {
        run(call, () -> answer(call, MaintenanceProtos.toProto(maintenance.check())));
    }

    @Override
    public void dump(DumpRequest request, StreamObserver<DumpResponse> call) {
        PacedStream<DumpResponse> responses = new PacedStream<>((ServerCallStreamObserver<DumpResponse>) call);
        run(call, () -> {
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
        return new LoadCall(maintenance, (ServerCallStreamObserver<LoadResponse>) call, task -> run(call, task));
    }

    @Override
    public void backup(BackupRequest request, StreamObserver<BackupResponse> call) {
        PacedStream<BackupResponse> responses = new PacedStream<>((ServerCallStreamObserver<BackupResponse>) call);
        run(call, () -> {
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
                public void close() {}
            });
            responses.send(BackupResponse.newBuilder().setRevision(revision).build());
            call.onCompleted();
        });
    }

    private static <T> void answer(StreamObserver<T> call, T response) {
        call.onNext(response);
        call.onCompleted();
    }

    private void run(StreamObserver<?> call, Task task) {
        try {
            executor.execute(() -> {
                try {
                    task.run();
                } catch (IOException | RuntimeException e) {
                    fail(call, e);
                }
            });
        } catch (RejectedExecutionException e) {
            fail(call, new ImageException.ResourceExhausted("too much maintenance waits already: try again later", e));
        }
    }

    private static void fail(StreamObserver<?> call, Exception error) {
        if (((ServerCallStreamObserver<?>) call).isCancelled()) {
            return;
        }
        if (error instanceof ImageException known) {
            call.onError(GrpcErrors.toStatus(known).asRuntimeException());
        } else {
            log.error("maintenance failed", error);
            call.onError(
                    Status.INTERNAL.withDescription("the call failed: " + error).asRuntimeException());
        }
    }
}
