package dev.imaged.server;

import dev.imaged.proto.images.v1.ImagesGrpc;
import io.grpc.BindableService;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.protobuf.services.HealthStatusManager;

/**
 * The health that a daemon reports: whether the daemon and the Images API serve, and, as {@value #LIST_THREADS}, whether
 * no list thread hangs. Thread-safe.
 */
final class DaemonHealth {
    static final String LIST_THREADS = "imaged.list-threads";

    private final HealthStatusManager statuses = new HealthStatusManager();
    private boolean engineServes;
    private int hangingThreads;
    private boolean listsServe = true;

    BindableService service() {
        return statuses.getHealthService();
    }

    synchronized void engineChanged(boolean serves) {
        engineServes = serves;
        changed();
    }

    synchronized void listThreadsChanged(int hanging, int left) {
        hangingThreads = hanging;
        listsServe = left > 0;
        changed();
    }

    private void changed() {
        ServingStatus status = status(engineServes && listsServe);
        statuses.setStatus(HealthStatusManager.SERVICE_NAME_ALL_SERVICES, status);
        statuses.setStatus(ImagesGrpc.SERVICE_NAME, status);
        statuses.setStatus(LIST_THREADS, status(hangingThreads == 0));
    }

    private static ServingStatus status(boolean serves) {
        return serves ? ServingStatus.SERVING : ServingStatus.NOT_SERVING;
    }

    /** Reports from now on that nothing serves. */
    void stop() {
        statuses.enterTerminalState();
    }
}
