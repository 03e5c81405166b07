package dev.imaged.server;

import dev.imaged.remote.Address;
import dev.imaged.server.cli.ServeCommand;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a daemon is told at its start. {@link ServeCommand} reads it from flags and variables and has the defaults.
 *
 * @param listen where to listen, with hosts that are resolved
 * @param data the data folder
 * @param requireData whether the data folder has to hold a store already
 * @param cacheBytes how much of the heap the caches may take, in bytes
 * @param maxPendingWrites how many writes may wait
 * @param maxPendingBytes how many bytes of writes may wait
 * @param listThreads how many lists run at once, beside those that an index serves
 * @param maxPendingLists how many lists may wait for one of these threads
 * @param maxConnections how many connections each address may have
 * @param maxStreams how many calls a connection may have in flight
 * @param maxRequestBytes how many bytes requests may take until they are answered
 * @param maxResponseBytes how many bytes answers may take until they are read
 * @param maxListTime how long a list may run
 * @param keepChanges how many changes are kept at most
 * @param keepChangesFor how long changes are kept at most
 * @param tlsCertificate the certificate chain for TCP in PEM format, null for plaintext
 * @param tlsKey the certificate's private key in PEM format, null for plaintext
 * @param insecureTcp whether to listen in plaintext beyond the loopback interface
 */
public record ServerConfig(
        List<Address> listen,
        Path data,
        boolean requireData,
        long cacheBytes,
        int maxPendingWrites,
        long maxPendingBytes,
        int listThreads,
        int maxPendingLists,
        int maxConnections,
        int maxStreams,
        long maxRequestBytes,
        long maxResponseBytes,
        Duration maxListTime,
        long keepChanges,
        Duration keepChangesFor,
        @Nullable Path tlsCertificate,
        @Nullable Path tlsKey,
        boolean insecureTcp) {}
