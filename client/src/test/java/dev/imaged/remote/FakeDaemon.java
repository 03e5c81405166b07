package dev.imaged.remote;

import dev.imaged.errors.ImageException;
import dev.imaged.internal.wire.GrpcErrors;
import dev.imaged.proto.health.v1.HealthCheckRequest;
import dev.imaged.proto.health.v1.HealthCheckResponse;
import dev.imaged.proto.health.v1.HealthCheckResponse.ServingStatus;
import dev.imaged.proto.health.v1.HealthGrpc;
import dev.imaged.proto.images.v1.CreateImageRequest;
import dev.imaged.proto.images.v1.CreateImageResponse;
import dev.imaged.proto.images.v1.GetImageRequest;
import dev.imaged.proto.images.v1.GetImageResponse;
import dev.imaged.proto.images.v1.Image;
import dev.imaged.proto.images.v1.ImagesGrpc;
import dev.imaged.proto.types.Descriptor;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** A daemon whose answers to Get carry its name, and that can be told to wait, to be ill and to stand still. */
final class FakeDaemon implements AutoCloseable {
    private static final long PATIENCE_SECONDS = 30;

    /** How it treats calls. */
    enum Mode {
        ANSWERS,
        /** Calls get no answer, but its health does. */
        SLOW,
        /** Nothing gets an answer. */
        HUNG,
        /** Calls get UNAVAILABLE, because the daemon does not serve. */
        REFUSES,
        /** Calls get UNAVAILABLE for another reason. */
        FAILS
    }

    private final String name;
    private final Server server;
    private final int port;
    private final List<StreamObserver<HealthCheckResponse>> watchers = new CopyOnWriteArrayList<>();
    private final List<Runnable> waiting = new CopyOnWriteArrayList<>();
    private final CountDownLatch called = new CountDownLatch(1);
    private final List<String> created = new CopyOnWriteArrayList<>();
    private volatile Mode mode = Mode.ANSWERS;
    private volatile ServingStatus health = ServingStatus.SERVING;

    private FakeDaemon(String name, String host, int port) throws IOException {
        this.name = name;
        this.server = NettyServerBuilder.forAddress(new InetSocketAddress(host, port))
                .addService(new Health())
                .addService(new Images())
                .build()
                .start();
        this.port = server.getPort();
    }

    static FakeDaemon start(String name) throws IOException {
        return new FakeDaemon(name, "127.0.0.1", 0);
    }

    static FakeDaemon start(String name, String host, int port) throws IOException {
        return new FakeDaemon(name, host, port);
    }

    int port() {
        return port;
    }

    String address() {
        return "127.0.0.1:" + port();
    }

    FakeDaemon with(Mode next) {
        mode = next;
        return this;
    }

    FakeDaemon with(ServingStatus next) {
        health = next;
        watchers.forEach(this::tell);
        return this;
    }

    private void tell(StreamObserver<HealthCheckResponse> to) {
        to.onNext(HealthCheckResponse.newBuilder().setStatus(health).build());
    }

    /** Waits until it was asked for or to create an image. */
    void awaitCall() throws InterruptedException {
        if (!called.await(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
            throw new AssertionError("nobody calls " + name);
        }
    }

    /** Answers the calls that it has kept waiting. */
    void answer() {
        mode = Mode.ANSWERS;
        waiting.forEach(Runnable::run);
    }

    List<String> created() {
        return created;
    }

    /** Ends at once, with its connections. */
    void kill() {
        try {
            server.shutdownNow().awaitTermination(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** Takes no more calls, and still answers those that it has. */
    void stop() {
        server.shutdown();
    }

    @Override
    public void close() {
        server.shutdownNow();
    }

    private void take(StreamObserver<?> to, Runnable answer) {
        switch (mode) {
            case ANSWERS -> answer.run();
            case SLOW, HUNG -> waiting.add(answer);
            case REFUSES ->
                to.onError(Status.UNAVAILABLE
                        .withDescription("not now")
                        .asRuntimeException(GrpcErrors.trailers(
                                new ImageException.Unavailable("not now", null).withReason("NOT_SERVING", Map.of()))));
            case FAILS ->
                to.onError(Status.UNAVAILABLE.withDescription("not now").asRuntimeException());
        }
        called.countDown();
    }

    private final class Images extends ImagesGrpc.ImagesImplBase {
        @Override
        public void get(GetImageRequest request, StreamObserver<GetImageResponse> to) {
            take(to, () -> {
                to.onNext(GetImageResponse.newBuilder()
                        .setImage(Image.newBuilder()
                                .setName(request.getName())
                                .setTarget(Descriptor.newBuilder()
                                        .setMediaType(Objects.requireNonNull(name))
                                        .setDigest("sha256:" + "a".repeat(64))
                                        .setSize(1)))
                        .build());
                to.onCompleted();
            });
        }

        @Override
        public void create(CreateImageRequest request, StreamObserver<CreateImageResponse> to) {
            created.add(request.getImage().getName());
            take(to, () -> {
                to.onNext(CreateImageResponse.newBuilder()
                        .setImage(request.getImage())
                        .build());
                to.onCompleted();
            });
        }
    }

    private final class Health extends HealthGrpc.HealthImplBase {
        @Override
        public void check(HealthCheckRequest request, StreamObserver<HealthCheckResponse> to) {
            if (mode != Mode.HUNG) {
                tell(to);
                to.onCompleted();
            }
        }

        @Override
        public void watch(HealthCheckRequest request, StreamObserver<HealthCheckResponse> to) {
            if (mode != Mode.HUNG) {
                ((ServerCallStreamObserver<HealthCheckResponse>) to).setOnCancelHandler(() -> watchers.remove(to));
                watchers.add(to);
                tell(to);
            }
        }
    }
}
