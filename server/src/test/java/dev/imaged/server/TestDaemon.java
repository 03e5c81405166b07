package dev.imaged.server;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.imaged.proto.images.v1.CreateImageRequest;
import dev.imaged.proto.images.v1.GetImageRequest;
import dev.imaged.proto.images.v1.Image;
import dev.imaged.proto.types.Descriptor;
import dev.imaged.remote.Address;
import dev.imaged.server.cli.ServeCommand;
import dev.imaged.server.etcd.EtcdCluster;
import io.grpc.Status;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.slf4j.LoggerFactory;
import org.slf4j.bridge.SLF4JBridgeHandler;
import picocli.CommandLine;

/**
 * A daemon on a unix socket and a TCP port for the tests of a class. After each test it has to answer, to have logged
 * no error, and to keep every byte of the namespace {@value #STEADY}: hostile calls are made there. With {@code -Dimaged.wire.etcd=true}
 * all of them are over etcd.
 */
public final class TestDaemon implements BeforeAllCallback, BeforeEachCallback, AfterEachCallback, AfterAllCallback {
    /** The namespace that no test changes. */
    public static final String STEADY = "steady";

    /** The image that it holds. */
    public static final String KEPT = "kept";

    private static final boolean ALL_OVER_ETCD = Boolean.getBoolean("imaged.wire.etcd");

    private final ListAppender<ILoggingEvent> log = new ListAppender<>();
    private final boolean isOverEtcd;
    private @Nullable EtcdCluster etcd;
    private Path folder;
    private ImageServer server;
    private RawClient unix;
    private RawClient tcp;
    private byte[] before;

    public TestDaemon() {
        this(ALL_OVER_ETCD);
    }

    private TestDaemon(boolean isOverEtcd) {
        this.isOverEtcd = isOverEtcd;
    }

    /** Returns a daemon over an etcd of one member. */
    public static TestDaemon overEtcd() {
        return new TestDaemon(true);
    }

    /** Returns the configuration that a command line adds up to. */
    public static ServerConfig config(Path data, String... flags) {
        List<String> arguments = new ArrayList<>(List.of("--data", data.toString(), "--cache-mib", "16"));
        arguments.addAll(List.of(flags));
        ServeCommand command = new ServeCommand();
        new CommandLine(command).parseArgs(arguments.toArray(String[]::new));
        return command.config();
    }

    /** Returns an image that every rule allows. */
    public static Image image(String name) {
        return Image.newBuilder()
                .setName(name)
                .setTarget(Descriptor.newBuilder()
                        .setMediaType("application/vnd.oci.image.index.v1+json")
                        .setDigest("sha256:" + "a".repeat(64))
                        .setSize(7))
                .build();
    }

    /** A client on the unix socket. */
    public RawClient unix() {
        return unix;
    }

    /** A client on the TCP port. */
    public RawClient tcp() {
        return tcp;
    }

    /** Where the unix socket and the TCP port are, in this order. */
    public List<Address> addresses() {
        return server.addresses();
    }

    @Override
    public void beforeAll(ExtensionContext context) throws IOException, InterruptedException {
        List<String> flags = new ArrayList<>();
        if (isOverEtcd) {
            etcd = EtcdCluster.start(1); // first, because it skips the tests where there is no etcd
            flags.addAll(List.of("--etcd", etcd.endpoints().get(0)));
        }
        SLF4JBridgeHandler.removeHandlersForRootLogger();
        SLF4JBridgeHandler.install();
        log.list = new CopyOnWriteArrayList<>();
        log.start();
        rootLogger().addAppender(log);
        folder = Files.createTempDirectory("imaged");
        flags.addAll(List.of("--listen", "unix://" + folder.resolve("s") + ",127.0.0.1:0"));
        server = ImageServer.start(config(folder.resolve("data"), flags.toArray(String[]::new)), Clock.systemUTC());
        unix = new RawClient(server.addresses().get(0).toString());
        tcp = new RawClient(server.addresses().get(1).toString());
        CreateImageRequest request = CreateImageRequest.newBuilder()
                .setImage(image(KEPT).toBuilder().putLabels("a", "b"))
                .build();
        unix.call("Create", STEADY, request).requireOk();
    }

    @Override
    public void beforeEach(ExtensionContext context) {
        log.list.clear();
        before = steady();
    }

    @Override
    public void afterEach(ExtensionContext context) {
        GetImageRequest get = GetImageRequest.newBuilder().setName(KEPT).build();
        assertEquals(Status.Code.OK, unix.call("Get", STEADY, get).code(), "the daemon answers on its socket");
        assertEquals(Status.Code.OK, tcp.call("Get", STEADY, get).code(), "the daemon answers on its port");
        assertArrayEquals(before, steady(), "the store is as it was");
        assertEquals(List.of(), errors(), "no error is logged");
    }

    @Override
    public void afterAll(ExtensionContext context) {
        Closing.all(unix, tcp, server, etcd, () -> rootLogger().detachAppender(log), this::deleteFolder);
    }

    private void deleteFolder() throws IOException {
        if (folder != null) {
            try (Stream<Path> files = Files.walk(folder)) {
                files.sorted(Comparator.reverseOrder())
                        .forEach(file -> file.toFile().delete());
            }
        }
    }

    private byte[] steady() {
        return unix.call("List", STEADY, new byte[0]).requireOk();
    }

    private List<String> errors() {
        return log.list.stream()
                .filter(event -> event.getLevel().isGreaterOrEqual(Level.ERROR))
                .map(ILoggingEvent::toString)
                .toList();
    }

    private static Logger rootLogger() {
        return (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    }
}
