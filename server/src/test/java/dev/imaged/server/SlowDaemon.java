package dev.imaged.server;

import com.google.protobuf.ByteString;
import dev.imaged.proto.images.v1.Image;
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
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** A daemon whose long calls take long however little there is. */
final class SlowDaemon extends MaintenanceGrpc.MaintenanceImplBase implements AutoCloseable {
    /** Answers no call. */
    static final Pace STOPPED = new Pace(Duration.ZERO, 0);

    /** Goes on with a call, step by step, for longer than a test waits. */
    static final Pace SLOW = new Pace(Duration.ofMillis(20), 1_000_000);

    /** Ends a call after three seconds. */
    static final Pace THREE_SECONDS = new Pace(Duration.ofMillis(30), 100);

    private static final long PATIENCE_SECONDS = 60;
    private static final int STEP_BYTES = 100;

    /** How many steps a call has, and what lies between them. */
    record Pace(Duration between, int steps) {}

    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
    private final CountDownLatch called = new CountDownLatch(1);
    private final Pace pace;
    private final Server server;

    SlowDaemon(Pace pace) throws IOException {
        this.pace = pace;
        server = Grpc.newServerBuilderForPort(0, InsecureServerCredentials.create())
                .addService(this)
                .build()
                .start();
    }

    String address() {
        return "127.0.0.1:" + server.getPort();
    }

    /** Waits until a long call is under way. */
    void awaitCall() throws InterruptedException {
        if (!called.await(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
            throw new AssertionError("nobody calls");
        }
    }

    private <T> void answer(StreamObserver<T> call, T response) {
        next((ServerCallStreamObserver<T>) call, response, pace.steps());
    }

    private <T> void next(ServerCallStreamObserver<T> call, T response, int left) {
        if (call.isCancelled()) {
            return;
        } else if (left == 0) {
            call.onCompleted();
            return;
        }
        call.onNext(response);
        called.countDown();
        timer.schedule(() -> next(call, response, left - 1), pace.between().toMillis(), TimeUnit.MILLISECONDS);
    }

    @Override
    public void stats(StatsRequest request, StreamObserver<StatsResponse> call) {
        if (pace.equals(STOPPED)) {
            called.countDown();
            return;
        }
        call.onNext(StatsResponse.newBuilder().setImages(pace.steps()).build());
        call.onCompleted();
    }

    @Override
    public void dump(DumpRequest request, StreamObserver<DumpResponse> call) {
        NamespacedImage.Builder image = NamespacedImage.newBuilder()
                .setNamespace("n")
                .setImage(Image.newBuilder().setName("a"));
        answer(call, DumpResponse.newBuilder().addImages(image).build());
    }

    @Override
    public void backup(BackupRequest request, StreamObserver<BackupResponse> call) {
        call.onNext(BackupResponse.newBuilder()
                .setFile(BackupFile.newBuilder().setName("00000000000.xd").setSize((long) STEP_BYTES * pace.steps()))
                .build());
        answer(
                call,
                BackupResponse.newBuilder()
                        .setData(ByteString.copyFrom(new byte[STEP_BYTES]))
                        .build());
    }

    /** Is under way once images came. */
    @Override
    public StreamObserver<LoadRequest> load(StreamObserver<LoadResponse> call) {
        return new StreamObserver<>() {
            @Override
            public void onNext(LoadRequest request) {
                called.countDown();
            }

            @Override
            public void onError(Throwable error) {}

            @Override
            public void onCompleted() {}
        };
    }

    @Override
    public void close() {
        timer.shutdownNow();
        server.shutdownNow();
    }
}
