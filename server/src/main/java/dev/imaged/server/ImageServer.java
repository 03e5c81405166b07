package dev.imaged.server;

import dev.imaged.errors.ImageException.FailedPrecondition;
import dev.imaged.errors.ImageException.InvalidArgument;
import dev.imaged.remote.Address;
import dev.imaged.server.admission.CallExecutors;
import dev.imaged.server.admission.CallMemoryLimiter;
import dev.imaged.server.admission.ListThreads;
import dev.imaged.server.engine.EncodedResponse;
import dev.imaged.server.engine.ImageEngine;
import dev.imaged.server.etcd.EtcdConfig;
import dev.imaged.server.grpc.CatalogService;
import dev.imaged.server.grpc.CurrentReads;
import dev.imaged.server.grpc.EventsService;
import dev.imaged.server.grpc.ImagesService;
import dev.imaged.server.grpc.MaintenanceService;
import dev.imaged.server.grpc.NamespacesService;
import dev.imaged.server.grpc.UnknownMethods;
import dev.imaged.server.grpc.WatchStreams;
import io.grpc.BindableService;
import io.grpc.Server;
import io.grpc.ServerServiceDefinition;
import io.grpc.protobuf.services.ProtoReflectionServiceV1;
import java.io.IOException;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The daemon: the engine, its services, and the sockets that serve them. */
public final class ImageServer implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(ImageServer.class);

    /** How long calls in flight may take to end when the daemon stops, which leaves the engine 2 s of 5. */
    private static final long DRAIN_SECONDS = 3;

    /** Larger than any valid namespace by far: one that is too long is refused by the rule for namespaces, not by gRPC. */
    private static final int MAX_HEADER_BYTES = 64 * 1024;

    /** One, because decoding a request of 16 MiB takes several times as much of the heap. */
    private static final int LARGE_REQUEST_THREADS = 1;

    /** A dump or backup holds one as long as its caller reads. */
    private static final int MAINTENANCE_THREADS = 4;

    private static final int MAX_PENDING_MAINTENANCE = 64;

    private final ImageEngine engine;
    private final ThreadPoolExecutor requestExecutor;
    private final ListThreads listThreads;
    private final ThreadPoolExecutor maintenanceExecutor;
    private final WatchStreams watches = new WatchStreams();
    private final DaemonHealth health = new DaemonHealth();
    private final @Nullable ServerCertificate certificate;
    private final ScheduledExecutorService timer;
    private final Transports transports;
    private final List<Server> servers = new ArrayList<>();
    private final List<Address> addresses = new ArrayList<>();

    private ImageServer(ServerConfig config, ImageEngine engine, @Nullable ServerCertificate certificate) {
        this.engine = engine;
        this.certificate = certificate;
        this.timer = Executors.newSingleThreadScheduledExecutor(task -> daemonThread(task, "timer"));
        this.transports = new Transports(config, certificate);
        this.requestExecutor = executor(LARGE_REQUEST_THREADS, new LinkedBlockingQueue<>(), "request");
        this.listThreads = new ListThreads(
                config.lists().threads(),
                config.lists().maxPending(),
                config.lists().maxTime(),
                health::listThreadsChanged);
        this.maintenanceExecutor =
                executor(MAINTENANCE_THREADS, new ArrayBlockingQueue<>(MAX_PENDING_MAINTENANCE), "maintenance");
    }

    private static ThreadPoolExecutor executor(int threads, BlockingQueue<Runnable> pending, String name) {
        ThreadPoolExecutor executor = new ThreadPoolExecutor(
                threads, threads, 1, TimeUnit.MINUTES, pending, task -> daemonThread(task, name));
        executor.allowCoreThreadTimeOut(true);
        return executor;
    }

    /**
     * Opens the data folder and starts to serve.
     *
     * @throws InvalidArgument when parts of the configuration contradict each other
     * @throws FailedPrecondition when the data folder, an address or a certificate cannot be used, saying which and why
     */
    public static ImageServer start(ServerConfig config, Clock clock) {
        requireSafe(config);
        ServerConfig.Tls tls = config.listen().tls();
        ServerCertificate certificate = tls == null ? null : new ServerCertificate(tls.certificate(), tls.key(), clock);
        if (config.data().isRequired()) {
            StoreFolder.requireExistingOrNew(
                    config.data().folder(),
                    ", and --require-data does not allow a new one: mount the volume that has it, or make a new one with"
                            + " imaged init --data " + config.data().folder());
        }
        long start = System.nanoTime();
        ImageEngine engine = open(config, clock);
        long opened = System.nanoTime();
        ImageServer server = new ImageServer(config, engine, certificate);
        try {
            server.serve(config);
            server.logStart(config, TimeUnit.NANOSECONDS.toMillis(opened - start));
            return server;
        } catch (IOException | RuntimeException e) {
            server.close();
            throw e instanceof FailedPrecondition known
                    ? known
                    : new FailedPrecondition("the daemon cannot listen: " + rootMessage(e), e);
        }
    }

    private static ImageEngine open(ServerConfig config, Clock clock) {
        EtcdConfig etcd = config.etcd();
        return etcd == null
                ? StoreFolder.serve(
                        config.data().folder(), config.data().cacheBytes(), clock, config.changes(), config.writes())
                : StoreFolder.follow(
                        etcd,
                        config.data().folder(),
                        config.data().cacheBytes(),
                        clock,
                        config.changes(),
                        config.writes());
    }

    /** Returns the addresses that the daemon listens on, with the ports that the system chose. */
    public List<Address> addresses() {
        return List.copyOf(addresses);
    }

    /** Returns the certificate of the TCP addresses, null for plaintext. */
    @Nullable
    public ServerCertificate certificate() {
        return certificate;
    }

    /** Reads the files of the certificate again. */
    public void reload() {
        if (certificate == null) {
            log.info("SIGHUP is ignored: without TLS there are no files to read again");
        } else {
            certificate.reload();
        }
    }

    private void logStart(ServerConfig config, long openMillis) {
        log.info(
                "{} serves on {}; data folder {}, opened in {} ms; {} {} of {}, heap {} MiB, pid {}",
                Version.text(),
                addresses.stream().map(Address::toString).collect(Collectors.joining(", ")),
                config.data().folder(),
                openMillis,
                System.getProperty("java.vm.name"),
                Runtime.version(),
                System.getProperty("java.vendor"),
                Runtime.getRuntime().maxMemory() >> 20,
                ProcessHandle.current().pid());
    }

    /** Waits until the daemon has stopped. */
    public void awaitStop() throws InterruptedException {
        for (Server server : servers) {
            server.awaitTermination();
        }
    }

    /** Refuses new calls, gives those in flight {@value #DRAIN_SECONDS} s to end, and closes the data folder. */
    @Override
    public void close() {
        long start = System.nanoTime();
        log.info("{} stops; calls in flight have {} s to end", Version.text(), DRAIN_SECONDS);
        health.stop();
        timer.shutdownNow();
        servers.forEach(Server::shutdown);
        watches.close();
        try {
            long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(DRAIN_SECONDS);
            for (Server server : servers) {
                if (!server.awaitTermination(deadline - System.nanoTime(), TimeUnit.NANOSECONDS)) {
                    server.shutdownNow();
                }
            }
        } catch (InterruptedException e) {
            servers.forEach(Server::shutdownNow);
            Thread.currentThread().interrupt();
        }
        listThreads.close();
        maintenanceExecutor.shutdown();
        engine.close();
        transports.close();
        requestExecutor.shutdown(); // after the last event of a call
        for (Address address : addresses) {
            if (address instanceof Address.Unix unix) {
                deleteSocket(unix);
            }
        }
        log.info(
                "stopped in {} ms; the data folder is closed",
                TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start));
    }

    private void serve(ServerConfig config) throws IOException {
        engine.onServing(health::engineChanged);
        List<ServerServiceDefinition> services = List.of(
                CurrentReads.of(
                        engine,
                        new ImagesService(engine, listThreads, config.lists().maxTime()).definition()),
                CurrentReads.of(
                        engine,
                        new CatalogService(
                                        engine.catalog(),
                                        engine.transactions(),
                                        listThreads,
                                        config.lists().maxTime(),
                                        Version.text(),
                                        engine.name(),
                                        watches)
                                .definition()),
                CurrentReads.of(
                        engine,
                        new EventsService(
                                        engine.catalog(),
                                        watches,
                                        listThreads,
                                        config.lists().maxTime())
                                .definition()),
                health.service().bindService(),
                ProtoReflectionServiceV1.newInstance().bindService(),
                alphaReflection().bindService());
        List<ServerServiceDefinition> unixServices = new ArrayList<>(services);
        unixServices.add(CurrentReads.of(
                engine, new MaintenanceService(engine.maintenance(), maintenanceExecutor).bindService()));
        unixServices.add(CurrentReads.of(
                engine, new NamespacesService(engine.maintenance(), maintenanceExecutor).bindService()));
        CallMemoryLimiter memory = new CallMemoryLimiter(
                config.calls().maxRequestBytes(),
                config.calls().maxResponseBytes(),
                config.lists().maxPending() + config.lists().threads(),
                config.writes().maxPending(),
                WatchStreams.MAX_WATCHES);
        for (Address address : config.listen().addresses()) {
            List<ServerServiceDefinition> served = address instanceof Address.Unix ? unixServices : services;
            Server server = transports
                    .builder(address)
                    .directExecutor()
                    .callExecutor(new CallExecutors(requestExecutor))
                    .maxInboundMessageSize(EncodedResponse.MAX_BYTES)
                    .maxInboundMetadataSize(MAX_HEADER_BYTES)
                    .addTransportFilter(memory.connections(
                            address.toString(), address instanceof Address.Unix, transports.maxResets(address)))
                    .addStreamTracerFactory(memory)
                    .intercept(memory)
                    .addServices(served)
                    .fallbackHandlerRegistry(new UnknownMethods(names(served)))
                    .build();
            servers.add(server);
            addresses.add(listen(server, address));
        }
        if (certificate != null) {
            certificate.watchExpiry(timer);
        }
    }

    private Address listen(Server server, Address address) {
        try {
            return transports.start(server, address);
        } catch (IOException e) {
            throw new FailedPrecondition("the daemon cannot listen on " + address + ": " + rootMessage(e), e);
        }
    }

    private static Set<String> names(List<ServerServiceDefinition> services) {
        return services.stream()
                .map(service -> service.getServiceDescriptor().getName())
                .collect(Collectors.toSet());
    }

    /** The reflection that older clients ask for, such as grpcurl before 1.9. */
    @SuppressWarnings("deprecation")
    private static BindableService alphaReflection() {
        return io.grpc.protobuf.services.ProtoReflectionService.newInstance();
    }

    private static void requireSafe(ServerConfig config) {
        boolean isSafe = config.listen().tls() != null || config.listen().insecureTcp();
        for (Address address : config.listen().addresses()) {
            if (address instanceof Address.Tcp tcp && !isSafe && !isLoopback(tcp)) {
                throw new InvalidArgument("address " + address + " is reachable from other machines: give"
                        + " --tls-cert and --tls-key, or allow plaintext with --insecure-tcp");
            }
        }
    }

    private static boolean isLoopback(Address.Tcp address) {
        try {
            return address.resolve().isLoopbackAddress();
        } catch (UnknownHostException e) {
            throw new FailedPrecondition("address " + address + " names an unknown host", e);
        }
    }

    private static void deleteSocket(Address.Unix unix) {
        try {
            Files.deleteIfExists(unix.file());
        } catch (IOException e) {
            log.warn("cannot delete the socket {}", unix.path(), e);
        }
    }

    private static String rootMessage(Throwable error) {
        Throwable root = error;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        return root.getMessage() == null ? root.toString() : root.getMessage();
    }

    private static Thread daemonThread(Runnable task, String name) {
        Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        return thread;
    }
}
