package dev.imaged.server;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.imaged.proto.images.v1.ImagesGrpc;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.inprocess.InProcessServerBuilder;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The daemon serves while its engine does and a list thread is left; threads that hang have a status of their own. */
class DaemonHealthTest {
    private final DaemonHealth health = new DaemonHealth();
    private Server server;
    private ManagedChannel channel;

    @BeforeEach
    void serve() throws Exception {
        String name = InProcessServerBuilder.generateName();
        server = InProcessServerBuilder.forName(name)
                .directExecutor()
                .addService(health.service())
                .build()
                .start();
        channel = InProcessChannelBuilder.forName(name).directExecutor().build();
    }

    @AfterEach
    void close() {
        channel.shutdownNow();
        server.shutdownNow();
    }

    @Test
    void statusesFollowTheEngineAndTheListThreads() {
        health.engineChanged(true);
        requireStatuses("SERVING", "SERVING");
        health.listThreadsChanged(1, 2);
        requireStatuses("SERVING", "NOT_SERVING");
        health.listThreadsChanged(10, 0);
        requireStatuses("NOT_SERVING", "NOT_SERVING");
        health.listThreadsChanged(0, 2);
        requireStatuses("SERVING", "SERVING");
        health.engineChanged(false);
        requireStatuses("NOT_SERVING", "SERVING");
        health.engineChanged(true);
        health.stop();
        requireStatuses("NOT_SERVING", "NOT_SERVING");
    }

    private void requireStatuses(String daemon, String listThreads) {
        assertEquals(daemon, status(""));
        assertEquals(daemon, status(ImagesGrpc.SERVICE_NAME));
        assertEquals(listThreads, status(DaemonHealth.LIST_THREADS));
    }

    private String status(String service) {
        HealthCheckRequest request =
                HealthCheckRequest.newBuilder().setService(service).build();
        return HealthGrpc.newBlockingStub(channel).check(request).getStatus().name();
    }
}
