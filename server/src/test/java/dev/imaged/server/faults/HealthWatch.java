package dev.imaged.server.faults;

import dev.imaged.remote.RemoteImageStores;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.stub.StreamObserver;

/** Watches what a daemon says of its health. Thread-safe. */
final class HealthWatch implements AutoCloseable, StreamObserver<HealthCheckResponse> {
    private final RemoteImageStores daemon;
    private volatile ServingStatus status = ServingStatus.UNKNOWN;
    private volatile int failures;

    HealthWatch(String address) {
        this.daemon = RemoteImageStores.connect(address);
        HealthGrpc.newStub(daemon.channel())
                .watch(
                        HealthCheckRequest.newBuilder()
                                .setService("containerd.services.images.v1.Images")
                                .build(),
                        this);
    }

    /** One thread at a time calls this. */
    @Override
    @SuppressWarnings("NonAtomicVolatileUpdate")
    public void onNext(HealthCheckResponse response) {
        status = response.getStatus();
        if (status == ServingStatus.NOT_SERVING) {
            failures++;
        }
    }

    @Override
    public void onError(Throwable error) {
        status = ServingStatus.UNKNOWN;
    }

    @Override
    public void onCompleted() {
        status = ServingStatus.UNKNOWN;
    }

    /** How often it said that it does not serve. */
    int failures() {
        return failures;
    }

    void awaitServing() {
        Await.until("health says SERVING", () -> status == ServingStatus.SERVING);
    }

    @Override
    public void close() {
        daemon.close();
    }
}
