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
import dev.imaged.proto.v1.CatalogGrpc;
import dev.imaged.proto.v1.WatchRequest;
import dev.imaged.proto.v1.WatchResponse;
import io.grpc.Attributes;
import io.grpc.InsecureServerCredentials;
import io.grpc.Server;
import io.grpc.ServerCredentials;
import io.grpc.ServerTransportFilter;
import io.grpc.Status;
import io.grpc.TlsServerCredentials;
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
import java.util.concurrent.atomic.AtomicInteger;

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
    private final AtomicInteger watches = new AtomicInteger();
    private final AtomicInteger checks = new AtomicInteger();
    private final AtomicInteger calls = new AtomicInteger();
    private final AtomicInteger imageWatches = new AtomicInteger();
    private final AtomicInteger open = new AtomicInteger();
    private final AtomicInteger connections = new AtomicInteger();
    private final CountDownLatch called = new CountDownLatch(1);
    private final List<String> created = new CopyOnWriteArrayList<>();
    private volatile Mode mode = Mode.ANSWERS;
    private volatile ServingStatus health = ServingStatus.SERVING;

    private FakeDaemon(String name, String host, int port, ServerCredentials credentials) throws IOException {
        this.name = name;
        this.server = NettyServerBuilder.forAddress(new InetSocketAddress(host, port), credentials)
                .addTransportFilter(new ServerTransportFilter() {
                    @Override
                    public Attributes transportReady(Attributes attributes) {
                        connections.incrementAndGet();
                        open.incrementAndGet();
                        return attributes;
                    }

                    @Override
                    public void transportTerminated(Attributes attributes) {
                        open.decrementAndGet();
                    }
                })
                .addService(new Health())
                .addService(new Images())
                .addService(new Catalog())
                .build()
                .start();
        this.port = server.getPort();
    }

    static FakeDaemon start(String name) throws IOException {
        return start(name, "127.0.0.1", 0);
    }

    static FakeDaemon start(String name, String host, int port) throws IOException {
        return new FakeDaemon(name, host, port, InsecureServerCredentials.create());
    }

    /** Starts one that encrypts. */
    static FakeDaemon start(String name, String host, int port, TestCertificate certificate) throws IOException {
        return new FakeDaemon(
                name,
                host,
                port,
                TlsServerCredentials.create(
                        certificate.chain().toFile(), certificate.key().toFile()));
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

    /** Waits until each of its connections has been closed. */
    void awaitNoConnection() throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (open.get() > 0) {
            if (System.nanoTime() > end) {
                throw new AssertionError(open + " connections to " + name + " are open");
            }
            Thread.sleep(10);
        }
    }

    /** Answers the calls that it has kept waiting. */
    void answer() {
        mode = Mode.ANSWERS;
        waiting.forEach(Runnable::run);
    }

    /** Returns how many watch its health. */
    int watchers() {
        return watchers.size();
    }

    /** Returns how often somebody started to watch its health. */
    int watches() {
        return watches.get();
    }

    /** Waits until it was asked for its health, and answered, some times more. */
    void awaitChecks(int more) throws InterruptedException {
        int wanted = checks.get() + more;
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (checks.get() < wanted) {
            if (System.nanoTime() > end) {
                throw new AssertionError("nobody asks " + name + " for its health");
            }
            Thread.sleep(10);
        }
    }

    /** Returns how many connections it was given. */
    int connections() {
        return connections.get();
    }

    /** Returns how many calls of the images have come. */
    int calls() {
        return calls.get();
    }

    /** Returns how many watches of images have come. They are told nothing. */
    int imageWatches() {
        return imageWatches.get();
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
        calls.incrementAndGet();
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

    private final class Catalog extends CatalogGrpc.CatalogImplBase {
        @Override
        public void watch(WatchRequest request, StreamObserver<WatchResponse> to) {
            imageWatches.incrementAndGet();
        }
    }

    private final class Health extends HealthGrpc.HealthImplBase {
        @Override
        public void check(HealthCheckRequest request, StreamObserver<HealthCheckResponse> to) {
            if (mode != Mode.HUNG) {
                tell(to);
                to.onCompleted();
                checks.incrementAndGet();
            }
        }

        @Override
        public void watch(HealthCheckRequest request, StreamObserver<HealthCheckResponse> to) {
            if (mode != Mode.HUNG) {
                ((ServerCallStreamObserver<HealthCheckResponse>) to).setOnCancelHandler(() -> watchers.remove(to));
                watches.incrementAndGet();
                watchers.add(to);
                tell(to);
            }
        }
    }
}
