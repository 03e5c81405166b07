package dev.imaged.server.history;

import dev.imaged.proto.health.v1.HealthCheckRequest;
import dev.imaged.proto.health.v1.HealthCheckResponse.ServingStatus;
import dev.imaged.proto.health.v1.HealthGrpc;
import dev.imaged.remote.RemoteImageStores;
import dev.imaged.server.Closing;
import dev.imaged.server.etcd.CuttingProxy;
import dev.imaged.server.etcd.EtcdCluster;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/** A daemon over etcd as a process of its own, which reaches each member by a proxy. */
final class ProxiedDaemon implements AutoCloseable {
    private static final long PATIENCE_SECONDS = 60;
    private static final long POLL_MILLIS = 20;
    private static final Duration IMPATIENCE = Duration.ofMillis(500);

    private final List<CuttingProxy> proxies = new ArrayList<>();
    private final DaemonLives lives;
    private final RemoteImageStores stores;
    private final RemoteImageStores impatient;

    ProxiedDaemon(EtcdCluster cluster, Path folder) throws IOException {
        try {
            for (String endpoint : cluster.endpoints()) {
                proxies.add(new CuttingProxy(endpoint));
            }
            String endpoints = proxies.stream().map(CuttingProxy::endpoint).collect(Collectors.joining(","));
            lives = new DaemonLives(Files.createDirectories(folder), "--etcd", endpoints);
        } catch (IOException | RuntimeException | Error e) {
            proxies.forEach(CuttingProxy::close);
            throw e;
        }
        stores = lives.connect();
        impatient = RemoteImageStores.builder(address()).deadline(IMPATIENCE).build();
    }

    String address() {
        return lives.address();
    }

    /** Returns a connection to this daemon alone. */
    RemoteImageStores stores() {
        return stores;
    }

    /** Returns another one, whose calls fail soon while the daemon cannot answer. */
    RemoteImageStores impatient() {
        return impatient;
    }

    /** Kills it, and starts it again on its folder. */
    void restart() throws IOException {
        lives.restart();
    }

    /** Has it end in order, and returns the folder of its view. */
    Path end() throws IOException {
        return lives.end();
    }

    /** Ends its connections to etcd, and those that it tries to make. */
    void cutOff() throws IOException {
        for (CuttingProxy proxy : proxies) {
            proxy.cutOff();
        }
    }

    /** Stops all bytes between it and etcd without closing connections. */
    void partition() {
        proxies.forEach(CuttingProxy::partition);
    }

    void reconnect() {
        proxies.forEach(CuttingProxy::reconnect);
    }

    /** Has it stand still, with its connections open. */
    void pause() throws IOException {
        lives.signal("STOP");
    }

    /** Has it go on. */
    void resume() throws IOException {
        lives.signal("CONT");
    }

    /** Has it lose the answer to the next write that holds a text, on the connection to each member. */
    void loseAnswerTo(String text) {
        proxies.forEach(proxy -> proxy.loseAnswerTo(text));
    }

    /** Has no further answer be lost. */
    void loseNothing() {
        proxies.forEach(CuttingProxy::disarm);
    }

    int cuts() {
        return proxies.stream().mapToInt(CuttingProxy::cuts).sum();
    }

    /** Waits until it says that it is ready, or that it is not. */
    void awaitReady(boolean ready) throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (isReady() != ready) {
            if (System.nanoTime() > end) {
                throw new AssertionError(address() + " is" + (ready ? " not" : "") + " ready");
            }
            TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
        }
    }

    private boolean isReady() {
        try {
            return HealthGrpc.newBlockingStub(stores.channel())
                            .withDeadlineAfter(PATIENCE_SECONDS, TimeUnit.SECONDS)
                            .check(HealthCheckRequest.getDefaultInstance())
                            .getStatus()
                    == ServingStatus.SERVING;
        } catch (StatusRuntimeException e) {
            return false;
        }
    }

    @Override
    public void close() {
        Closing.all(stores, impatient, lives, () -> proxies.forEach(CuttingProxy::close));
    }
}
