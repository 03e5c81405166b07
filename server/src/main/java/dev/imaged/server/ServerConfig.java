package dev.imaged.server;

import dev.imaged.remote.Address;
import dev.imaged.server.etcd.EtcdConfig;
import dev.imaged.server.store.write.Retention;
import dev.imaged.server.store.write.WriteLimits;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The configuration of a daemon. The command {@code imaged serve} reads it from flags and variables, and has the defaults.
 *
 * @param listen the addresses, and the bounds on connections
 * @param data the data folder, and the memory of caches
 * @param calls how much memory requests and answers may take
 * @param lists how many lists may run and wait
 * @param writes how many writes may wait
 * @param changes how long changes are kept
 * @param etcd the cluster that the daemon is one of several over; null when it is alone
 */
public record ServerConfig(
        Listen listen,
        Data data,
        CallLimits calls,
        ListLimits lists,
        WriteLimits writes,
        Retention changes,
        @Nullable EtcdConfig etcd) {
    /**
     * The addresses of the daemon.
     *
     * @param addresses with hosts that are resolved
     * @param tls the certificate for TCP, null for plaintext
     * @param insecureTcp whether to listen in plaintext beyond the loopback interface
     * @param maxConnections how many connections each address may have
     * @param maxStreams how many calls a connection may have in flight
     */
    public record Listen(
            List<Address> addresses, @Nullable Tls tls, boolean insecureTcp, int maxConnections, int maxStreams) {
        public Listen {
            addresses = List.copyOf(addresses);
        }
    }

    /**
     * The files that TCP is encrypted with.
     *
     * @param certificate the file of the certificate chain, in PEM format
     * @param key the file of its private key, in PEM format
     */
    public record Tls(Path certificate, Path key) {}

    /**
     * The place of the images.
     *
     * @param folder the data folder
     * @param isRequired whether the folder has to hold a store already
     * @param cacheBytes how much of the heap the caches may take, in bytes
     */
    public record Data(Path folder, boolean isRequired, long cacheBytes) {}

    /**
     * How much memory all calls together may take.
     *
     * @param maxRequestBytes how many bytes requests may take until they are answered
     * @param maxResponseBytes how many bytes answers may take until they are read
     */
    public record CallLimits(long maxRequestBytes, long maxResponseBytes) {}

    /**
     * How many of the lists that take long may run and wait.
     *
     * @param threads how many run at once
     * @param maxPending how many wait for one of these threads
     * @param maxTime how long each may run
     */
    public record ListLimits(int threads, int maxPending, Duration maxTime) {}
}
