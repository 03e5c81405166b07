package dev.imaged.remote;

import dev.imaged.errors.ImageException;
import dev.imaged.internal.wire.GrpcErrors;
import dev.imaged.internal.wire.ImageBatch;
import dev.imaged.internal.wire.MaintenanceProtos;
import dev.imaged.maintenance.BackupSink;
import dev.imaged.maintenance.CheckReport;
import dev.imaged.maintenance.LoadReport;
import dev.imaged.maintenance.Maintenance;
import dev.imaged.maintenance.NamespacedImage;
import dev.imaged.maintenance.StoreStats;
import dev.imaged.proto.v1.BackupRequest;
import dev.imaged.proto.v1.BackupResponse;
import dev.imaged.proto.v1.CheckRequest;
import dev.imaged.proto.v1.DumpRequest;
import dev.imaged.proto.v1.DumpResponse;
import dev.imaged.proto.v1.LoadRequest;
import dev.imaged.proto.v1.LoadResponse;
import dev.imaged.proto.v1.MaintenanceGrpc;
import dev.imaged.proto.v1.MaintenanceGrpc.MaintenanceBlockingStub;
import dev.imaged.proto.v1.MaintenanceGrpc.MaintenanceBlockingV2Stub;
import dev.imaged.proto.v1.StatsRequest;
import io.grpc.StatusException;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.BlockingClientCall;
import java.io.IOException;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The maintenance of a daemon's store on the other end of a connection. A daemon serves it on its unix sockets only.
 * Calls have no deadline, because their time depends on the size of the store. Thread-safe.
 */
public final class RemoteMaintenance implements Maintenance {
    private final RemoteImageStores daemon;
    private final MaintenanceBlockingStub stub;

    /** @param daemon the connection, which {@link #close} closes */
    public RemoteMaintenance(RemoteImageStores daemon) {
        this.daemon = daemon;
        this.stub = MaintenanceGrpc.newBlockingStub(daemon.channel());
    }

    @Override
    public StoreStats stats() {
        return MaintenanceProtos.fromProto(call(() -> stub.stats(StatsRequest.getDefaultInstance())));
    }

    @Override
    public List<String> namespaces() {
        return daemon.namespaces();
    }

    @Override
    public CheckReport check() {
        return MaintenanceProtos.fromProto(call(() -> stub.check(CheckRequest.getDefaultInstance())));
    }

    @Override
    public void dump(Consumer<NamespacedImage> images) {
        BlockingClientCall<?, DumpResponse> call = streams().dump(DumpRequest.getDefaultInstance());
        try {
            for (DumpResponse response; (response = waiting(call::read)) != null; ) {
                response.getImagesList().forEach(image -> images.accept(MaintenanceProtos.fromProto(image)));
            }
        } finally {
            cancel(call);
        }
    }

    @Override
    public long backup(BackupSink sink) throws IOException {
        BlockingClientCall<?, BackupResponse> call = streams().backup(BackupRequest.getDefaultInstance());
        try {
            for (BackupResponse response; (response = waiting(call::read)) != null; ) {
                switch (response.getPartCase()) {
                    case FILE ->
                        sink.file(new BackupSink.BackupFile(
                                response.getFile().getName(), response.getFile().getSize()));
                    case DATA -> {
                        byte[] bytes = response.getData().toByteArray();
                        sink.data(bytes, bytes.length);
                    }
                    case REVISION -> {
                        return response.getRevision();
                    }
                    case PART_NOT_SET ->
                        throw new IOException("the daemon sends a part of a backup that this version does not know");
                }
            }
        } finally {
            cancel(call);
        }
        throw new IOException("the backup ended early");
    }

    @Override
    public Load load(boolean replace) {
        return new RemoteLoad(streams().load(), replace);
    }

    @Override
    public void close() {
        daemon.close();
    }

    private MaintenanceBlockingV2Stub streams() {
        return MaintenanceGrpc.newBlockingV2Stub(daemon.channel());
    }

    /** Ends a call whose caller does not want the rest; does nothing to a call that has ended. */
    private static void cancel(BlockingClientCall<?, ?> call) {
        call.cancel("the caller cancelled the call", null);
    }

    private interface Step<T extends @Nullable Object> {
        T run() throws StatusException, InterruptedException;
    }

    private static <T extends @Nullable Object> T waiting(Step<T> step) {
        try {
            return step.run();
        } catch (StatusException e) {
            throw GrpcErrors.fromStatus(e.getStatus(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ImageException.Cancelled("interrupted", e);
        }
    }

    private static <T> T call(Supplier<T> call) {
        try {
            return call.get();
        } catch (StatusRuntimeException e) {
            throw GrpcErrors.fromStatus(e.getStatus(), e);
        }
    }

    /** Sends images in batches, each as soon as the daemon takes it. */
    private static final class RemoteLoad implements Load {
        private final BlockingClientCall<LoadRequest, LoadResponse> call;
        private final boolean replace;
        private final ImageBatch batch = new ImageBatch();

        RemoteLoad(BlockingClientCall<LoadRequest, LoadResponse> call, boolean replace) {
            this.call = call;
            this.replace = replace;
        }

        @Override
        public void add(NamespacedImage image) {
            if (!batch.add(image)) {
                send();
                batch.add(image);
            }
        }

        private void send() {
            LoadRequest request = LoadRequest.newBuilder()
                    .setReplace(replace)
                    .addAllImages(batch.take())
                    .build();
            waiting(() -> call.write(request));
        }

        @Override
        public LoadReport finish() {
            send();
            LoadResponse response = waiting(() -> {
                call.halfClose();
                return call.read();
            });
            if (response == null) {
                throw new ImageException.Unknown("the load ended without an answer", null);
            }
            return MaintenanceProtos.fromProto(response);
        }

        @Override
        public void close() {
            cancel(call);
        }
    }
}
