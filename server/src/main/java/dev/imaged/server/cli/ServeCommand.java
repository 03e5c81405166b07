package dev.imaged.server.cli;

import dev.imaged.errors.ImageException;
import dev.imaged.internal.text.Excerpt;
import dev.imaged.remote.Address;
import dev.imaged.server.ImageServer;
import dev.imaged.server.ServerConfig;
import dev.imaged.server.store.write.Retention;
import dev.imaged.server.store.write.WriteLimits;
import java.io.PrintWriter;
import java.net.UnknownHostException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Runs the daemon until it is told to stop. The flags and variables of this command are its configuration. */
@Command(
        name = "serve",
        description = "Keep image names and serve them over gRPC.",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        footerHeading = HelpOption.EXAMPLES,
        footer = {
            "  imaged serve",
            "  imaged serve --data /var/lib/imaged --listen /run/imaged/imaged.sock --keep-changes-for 30d"
        })
public final class ServeCommand implements Callable<Integer> {
    private static final long HEAP_BYTES = Runtime.getRuntime().maxMemory();

    /** Requests and answers each; a quarter is enough for one of 16 MiB with few fields in a heap of 128 MiB. */
    private static final long DEFAULT_CALL_BYTES = Math.min(HEAP_BYTES / 4, 72L * 1024 * 1024);

    /** What is left of a large heap when requests and answers have that much each, and everything else twice as much. */
    private static final long DEFAULT_CACHE_BYTES = Math.max(HEAP_BYTES / 3, HEAP_BYTES - 4 * DEFAULT_CALL_BYTES);

    /** How long a signal waits for a daemon that may have started. */
    private static final long START_MILLIS = 500;

    private static final String DEFAULT_MAX_PENDING_WRITES = "10000";
    private static final String DEFAULT_MAX_PENDING_MIB = "64";
    private static final String DEFAULT_LIST_THREADS = "2";
    private static final String DEFAULT_MAX_PENDING_LISTS = "1000";
    private static final String DEFAULT_MAX_LIST_TIME = "30s";
    private static final String DEFAULT_MAX_CONNECTIONS = "2000";
    private static final String DEFAULT_MAX_STREAMS = "1000";
    private static final String DEFAULT_KEEP_CHANGES = "100000";
    private static final String DEFAULT_KEEP_CHANGES_FOR = "7d";
    private static final String DEFAULT_LOG_FORMAT = "text";
    private static final String DEFAULT_LOG_LEVEL = "info";

    @Spec
    private CommandSpec spec;

    @Option(
            names = "--listen",
            paramLabel = "ADDRESS",
            split = ",",
            defaultValue = "${env:IMAGED_LISTEN:-}",
            description = "Where to listen, unix:///PATH, /PATH or HOST:PORT; may be given more than once."
                    + " Default: DATA/imaged.sock and 127.0.0.1:7780. (IMAGED_LISTEN)")
    private List<String> listen = List.of();

    @Option(
            names = "--data",
            paramLabel = "DIR",
            defaultValue = "${env:IMAGED_DATA:-}",
            description = "The data folder. Default: imaged in $XDG_DATA_HOME or ~/.local/share. (IMAGED_DATA)")
    private String data = "";

    @Option(
            names = "--require-data",
            arity = "0..1",
            fallbackValue = "true",
            defaultValue = "${env:IMAGED_REQUIRE_DATA:-false}",
            description =
                    "Refuse a data folder that is empty or missing, as when its volume is not mounted; imaged init"
                            + " makes a new one. Default: false. (IMAGED_REQUIRE_DATA)")
    private boolean requireData;

    @Option(
            names = "--cache-mib",
            paramLabel = "MIB",
            defaultValue = "${env:IMAGED_CACHE_MIB:-" + Option.NULL_VALUE + "}",
            description = "Heap for images, and for pages of the database."
                    + " Default: all but 288 of the heap, at least a third. (IMAGED_CACHE_MIB)")
    private @Nullable Integer cacheMib;

    @Option(
            names = "--max-pending-writes",
            paramLabel = "N",
            defaultValue = "${env:IMAGED_MAX_PENDING_WRITES:-" + DEFAULT_MAX_PENDING_WRITES + "}",
            description =
                    "Writes that may wait. Default: " + DEFAULT_MAX_PENDING_WRITES + ". (IMAGED_MAX_PENDING_WRITES)")
    private int maxPendingWrites;

    @Option(
            names = "--max-pending-mib",
            paramLabel = "MIB",
            defaultValue = "${env:IMAGED_MAX_PENDING_MIB:-" + DEFAULT_MAX_PENDING_MIB + "}",
            description = "Memory that waiting writes may take. Default: " + DEFAULT_MAX_PENDING_MIB
                    + ". (IMAGED_MAX_PENDING_MIB)")
    private int maxPendingMib;

    @Option(
            names = "--list-threads",
            paramLabel = "N",
            defaultValue = "${env:IMAGED_LIST_THREADS:-" + DEFAULT_LIST_THREADS + "}",
            description =
                    "Scanning lists that run at once. Default: " + DEFAULT_LIST_THREADS + ". (IMAGED_LIST_THREADS)")
    private int listThreads;

    @Option(
            names = "--max-pending-lists",
            paramLabel = "N",
            defaultValue = "${env:IMAGED_MAX_PENDING_LISTS:-" + DEFAULT_MAX_PENDING_LISTS + "}",
            description = "Scanning lists that may wait. Default: " + DEFAULT_MAX_PENDING_LISTS
                    + ". (IMAGED_MAX_PENDING_LISTS)")
    private int maxPendingLists;

    @Option(
            names = "--max-list-time",
            paramLabel = "DURATION",
            defaultValue = "${env:IMAGED_MAX_LIST_TIME:-" + DEFAULT_MAX_LIST_TIME + "}",
            converter = DurationConverter.class,
            description = "How long a list may run, in ms, s, m, h or d. Default: " + DEFAULT_MAX_LIST_TIME
                    + ". (IMAGED_MAX_LIST_TIME)")
    private Duration maxListTime;

    @Option(
            names = "--max-connections",
            paramLabel = "N",
            defaultValue = "${env:IMAGED_MAX_CONNECTIONS:-" + DEFAULT_MAX_CONNECTIONS + "}",
            description =
                    "Connections on each address. Default: " + DEFAULT_MAX_CONNECTIONS + ". (IMAGED_MAX_CONNECTIONS)")
    private int maxConnections;

    @Option(
            names = "--max-streams",
            paramLabel = "N",
            defaultValue = "${env:IMAGED_MAX_STREAMS:-" + DEFAULT_MAX_STREAMS + "}",
            description =
                    "Calls in flight on one connection. Default: " + DEFAULT_MAX_STREAMS + ". (IMAGED_MAX_STREAMS)")
    private int maxStreams;

    @Option(
            names = "--max-request-mib",
            paramLabel = "MIB",
            defaultValue = "${env:IMAGED_MAX_REQUEST_MIB:-" + Option.NULL_VALUE + "}",
            description = "Memory of requests, until they are answered. Default: a quarter of the heap, at most 72."
                    + " (IMAGED_MAX_REQUEST_MIB)")
    private @Nullable Integer maxRequestMib;

    @Option(
            names = "--max-response-mib",
            paramLabel = "MIB",
            defaultValue = "${env:IMAGED_MAX_RESPONSE_MIB:-" + Option.NULL_VALUE + "}",
            description = "Memory of answers, until they are read. Default: a quarter of the heap, at most 72."
                    + " (IMAGED_MAX_RESPONSE_MIB)")
    private @Nullable Integer maxResponseMib;

    @Option(
            names = "--keep-changes",
            paramLabel = "N",
            defaultValue = "${env:IMAGED_KEEP_CHANGES:-" + DEFAULT_KEEP_CHANGES + "}",
            description = "Changes and their history that are kept. Default: " + DEFAULT_KEEP_CHANGES
                    + ". (IMAGED_KEEP_CHANGES)")
    private long keepChanges;

    @Option(
            names = "--keep-changes-for",
            paramLabel = "DURATION",
            defaultValue = "${env:IMAGED_KEEP_CHANGES_FOR:-" + DEFAULT_KEEP_CHANGES_FOR + "}",
            converter = DurationConverter.class,
            description = "How long changes are kept, in ms, s, m, h or d. Default: " + DEFAULT_KEEP_CHANGES_FOR
                    + ". (IMAGED_KEEP_CHANGES_FOR)")
    private Duration keepChangesFor;

    @Mixin
    private EtcdOptions etcd;

    @Option(
            names = "--tls-cert",
            paramLabel = "FILE",
            defaultValue = "${env:IMAGED_TLS_CERT:-}",
            description = "Certificate chain for TCP, PEM. Default: plaintext. (IMAGED_TLS_CERT)")
    private String tlsCert = "";

    @Option(
            names = "--tls-key",
            paramLabel = "FILE",
            defaultValue = "${env:IMAGED_TLS_KEY:-}",
            description = "Private key of the certificate, PEM. (IMAGED_TLS_KEY)")
    private String tlsKey = "";

    @Option(
            names = "--insecure-tcp",
            arity = "0..1",
            fallbackValue = "true",
            defaultValue = "${env:IMAGED_INSECURE_TCP:-false}",
            description =
                    "Listen in plaintext beyond the loopback interface too. Default: false. (IMAGED_INSECURE_TCP)")
    private boolean insecureTcp;

    @Option(
            names = "--log-format",
            paramLabel = "text|json",
            defaultValue = "${env:IMAGED_LOG_FORMAT:-" + DEFAULT_LOG_FORMAT + "}",
            converter = FormatConverter.class,
            description = "How log lines look; they go to standard error. Default: " + DEFAULT_LOG_FORMAT
                    + ". (IMAGED_LOG_FORMAT)")
    private Logging.Format logFormat;

    @Option(
            names = "--log-level",
            paramLabel = "LEVEL",
            defaultValue = "${env:IMAGED_LOG_LEVEL:-" + DEFAULT_LOG_LEVEL + "}",
            description = "error, warn, info, debug or trace. Default: " + DEFAULT_LOG_LEVEL + ". (IMAGED_LOG_LEVEL)")
    private String logLevel;

    /** Returns the configuration that the flags, variables and defaults add up to. */
    public ServerConfig config() {
        Path folder = (data.isEmpty() ? DefaultPaths.defaultPath() : Path.of(data)).toAbsolutePath();
        List<String> addresses =
                listen.stream().filter(address -> !address.isBlank()).toList();
        if (addresses.isEmpty()) {
            addresses = List.of("unix://" + folder.resolve("imaged.sock"), "127.0.0.1:7780");
        }
        return new ServerConfig(
                new ServerConfig.Listen(
                        addresses.stream().map(ServeCommand::parseAddress).toList(),
                        tls(),
                        insecureTcp,
                        positive("--max-connections", maxConnections),
                        positive("--max-streams", maxStreams)),
                new ServerConfig.Data(
                        folder,
                        requireData,
                        cacheMib == null ? DEFAULT_CACHE_BYTES : mebibytes("--cache-mib", cacheMib)),
                new ServerConfig.CallLimits(
                        maxRequestMib == null ? DEFAULT_CALL_BYTES : mebibytes("--max-request-mib", maxRequestMib),
                        maxResponseMib == null ? DEFAULT_CALL_BYTES : mebibytes("--max-response-mib", maxResponseMib)),
                new ServerConfig.ListLimits(
                        positive("--list-threads", listThreads),
                        positive("--max-pending-lists", maxPendingLists),
                        maxListTime),
                new WriteLimits(
                        positive("--max-pending-writes", maxPendingWrites),
                        mebibytes("--max-pending-mib", maxPendingMib)),
                new Retention(positive("--keep-changes", keepChanges), keepChangesFor),
                etcd.config());
    }

    private ServerConfig.@Nullable Tls tls() {
        if (tlsCert.isEmpty() != tlsKey.isEmpty()) {
            throw new ImageException.InvalidArgument("--tls-cert and --tls-key go together");
        }
        return tlsCert.isEmpty() ? null : new ServerConfig.Tls(Path.of(tlsCert), Path.of(tlsKey));
    }

    private static final class FormatConverter extends WordConverter<Logging.Format> {
        FormatConverter() {
            super(List.of(Logging.Format.values()));
        }
    }

    @Override
    public Integer call() throws InterruptedException {
        ServerConfig config;
        ImageServer server;
        CompletableFuture<Optional<ImageServer>> starting = new CompletableFuture<>();
        Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(starting), "stop"));
        try {
            config = config();
            Logging.configure(logFormat, logLevel);
            server = ImageServer.start(config, Clock.systemUTC());
            starting.complete(Optional.of(server));
        } catch (ImageException.InvalidArgument | InvalidPathException e) {
            throw new ParameterException(spec.commandLine(), e.getMessage(), e);
        } finally {
            starting.complete(Optional.empty()); // unless it has started
        }
        HangupSignal.handle(server::reload);
        greet(server, config);
        server.awaitStop();
        return 0;
    }

    private void greet(ImageServer server, ServerConfig config) {
        PrintWriter out = spec.commandLine().getOut();
        server.addresses().forEach(address -> out.println("listening on " + address));
        out.println("data in " + config.data().folder());
        out.println("try: "
                + FirstCommand.of(server.addresses(), System.getProperty("java.class.path"), server.certificate()));
        out.flush();
    }

    /** Ends with code 0 by itself: the JVM would call a stop by SIGTERM a failure. */
    /** Stops the daemon. It may have said just now that it serves; one that is starting for longer is not waited for. */
    private static void stop(CompletableFuture<Optional<ImageServer>> starting) {
        starting.completeOnTimeout(Optional.empty(), START_MILLIS, TimeUnit.MILLISECONDS)
                .join()
                .ifPresent(server -> {
                    server.close();
                    Runtime.getRuntime().halt(0);
                });
    }

    private static Address parseAddress(String text) {
        try {
            Address address = Address.parse(text.strip());
            return address instanceof Address.Tcp tcp && !tcp.host().contains(":")
                    ? new Address.Tcp(tcp.resolve().getHostAddress(), tcp.port())
                    : address;
        } catch (UnknownHostException e) {
            throw new ImageException.InvalidArgument(
                    "--listen: address " + Excerpt.of(text) + " names an unknown host", e);
        } catch (IllegalArgumentException e) {
            throw new ImageException.InvalidArgument("--listen: " + e.getMessage(), e);
        }
    }

    private static <N extends Number> N positive(String option, N value) {
        if (value.longValue() <= 0) {
            throw new ImageException.InvalidArgument(option + " must be greater than zero, not " + value);
        }
        return value;
    }

    private static long mebibytes(String option, int value) {
        return positive(option, value) * 1024L * 1024L;
    }
}
