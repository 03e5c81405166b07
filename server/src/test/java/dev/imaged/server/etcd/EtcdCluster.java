package dev.imaged.server.etcd;

import com.google.protobuf.ByteString;
import dev.imaged.proto.etcd.MaintenanceGrpc;
import dev.imaged.proto.etcd.StatusRequest;
import dev.imaged.proto.etcd.StatusResponse;
import dev.imaged.server.Peers;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A real etcd cluster on the loopback interface, with its data in a folder of its own. */
public final class EtcdCluster implements AutoCloseable {
    private static final Duration START_LIMIT = Duration.ofSeconds(60);
    private static final long POLL_MILLIS = 50;

    private final Path folder;
    private final EtcdConfig.@Nullable Tls tls;
    private final List<String> flags;
    private final List<Member> members = new ArrayList<>();

    /** A member, which runs or does not. */
    public final class Member {
        private final int index;
        private final int clientPort;
        private final int peerPort;
        private @Nullable Process process;

        private Member(int index, int clientPort, int peerPort) {
            this.index = index;
            this.clientPort = clientPort;
            this.peerPort = peerPort;
        }

        private String name() {
            return "m" + index;
        }

        private String peer() {
            return "http://127.0.0.1:" + peerPort;
        }

        /** Returns where it serves clients. */
        public String endpoint() {
            return "127.0.0.1:" + clientPort;
        }

        /** Starts it, for the first time or again; it may not answer yet. */
        public void start() throws IOException {
            String client = (tls == null ? "http://" : "https://") + endpoint();
            String cluster =
                    members.stream().map(one -> one.name() + "=" + one.peer()).collect(Collectors.joining(","));
            Path log = folder.resolve(name() + ".log");
            List<String> command = new ArrayList<>(List.of(
                    "etcd",
                    "--name=" + name(),
                    "--data-dir=" + folder.resolve(name()),
                    "--listen-client-urls=" + client,
                    "--advertise-client-urls=" + client,
                    "--listen-peer-urls=" + peer(),
                    "--initial-advertise-peer-urls=" + peer(),
                    "--initial-cluster=" + cluster,
                    "--initial-cluster-token=" + folder,
                    "--max-request-bytes=67108864",
                    "--logger=zap",
                    "--log-level=error"));
            command.addAll(flags);
            if (tls != null) {
                command.addAll(List.of(
                        "--cert-file=" + tls.certificate(),
                        "--key-file=" + tls.key(),
                        "--trusted-ca-file=" + tls.authorities(),
                        "--client-cert-auth"));
            }
            process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
                    .start();
        }

        /** Returns the folder of its data. */
        public Path data() {
            return folder.resolve(name());
        }

        /** Ends it at once, as a power cut would. */
        public void kill() throws InterruptedException {
            if (process != null) {
                process.destroyForcibly().waitFor();
            }
        }

        /** Has it stand still, with its connections open. */
        public void pause() throws IOException {
            signal("STOP");
        }

        /** Has it go on. */
        public void resume() throws IOException {
            signal("CONT");
        }

        private void signal(String name) throws IOException {
            if (process != null) {
                Peers.run("kill", "-" + name, String.valueOf(process.pid()));
            }
        }
    }

    private EtcdCluster(Path folder, EtcdConfig.@Nullable Tls tls, List<String> flags) {
        this.folder = folder;
        this.tls = tls;
        this.flags = flags;
    }

    /**
     * Starts a cluster of so many members and waits until it answers. The test is skipped where there is no etcd.
     *
     * @param flags more flags of each member
     */
    public static EtcdCluster start(int size, String... flags) throws IOException, InterruptedException {
        return start(size, null, List.of(flags));
    }

    /** Starts a cluster of one member that clients need certificates for, as {@link #start}. */
    static EtcdCluster startEncrypted(EtcdConfig.Tls tls) throws IOException, InterruptedException {
        return start(1, tls, List.of());
    }

    private static EtcdCluster start(int size, EtcdConfig.@Nullable Tls tls, List<String> flags)
            throws IOException, InterruptedException {
        Peers.require("etcd");
        EtcdCluster cluster = new EtcdCluster(Files.createTempDirectory("etcd"), tls, flags);
        List<Integer> ports = freePorts(2 * size);
        for (int i = 0; i < size; i++) {
            cluster.members.add(cluster.new Member(i, ports.get(2 * i), ports.get(2 * i + 1)));
        }
        try {
            for (Member member : cluster.members) {
                member.start();
            }
            for (Member member : cluster.members) {
                cluster.awaitAnswer(member);
            }
        } catch (IOException | InterruptedException | RuntimeException | Error e) {
            cluster.close();
            throw e;
        }
        return cluster;
    }

    private static List<Integer> freePorts(int count) throws IOException {
        List<ServerSocket> sockets = new ArrayList<>();
        try {
            for (int i = 0; i < count; i++) {
                sockets.add(new ServerSocket(0, 1, InetAddress.getLoopbackAddress()));
            }
            return sockets.stream().map(ServerSocket::getLocalPort).toList();
        } finally {
            for (ServerSocket socket : sockets) {
                socket.close();
            }
        }
    }

    /** Waits until a member answers what only one with a leader can. */
    public void awaitAnswer(Member member) throws InterruptedException {
        EtcdConfig config = new EtcdConfig(List.of(member.endpoint()), "/", tls, EtcdConfig.Reads.CURRENT);
        long start = System.nanoTime();
        while (!answers(config)) {
            if (System.nanoTime() - start > START_LIMIT.toNanos()) {
                throw new AssertionError("etcd does not answer: " + log(member));
            }
            Thread.sleep(POLL_MILLIS);
        }
    }

    /** Returns the member that leads the others; waits until one does. */
    public Member leader() throws InterruptedException {
        long start = System.nanoTime();
        while (true) {
            for (Member member : members) {
                if (leads(member)) {
                    return member;
                }
            }
            if (System.nanoTime() - start > START_LIMIT.toNanos()) {
                throw new AssertionError("no member leads");
            }
            Thread.sleep(POLL_MILLIS);
        }
    }

    private static boolean leads(Member member) {
        ManagedChannel channel = Grpc.newChannelBuilder(
                        "dns:///" + member.endpoint(), InsecureChannelCredentials.create())
                .build();
        try {
            StatusResponse status = MaintenanceGrpc.newBlockingStub(channel)
                    .withDeadlineAfter(1, TimeUnit.SECONDS)
                    .status(StatusRequest.getDefaultInstance());
            return status.getLeader() != 0
                    && status.getLeader() == status.getHeader().getMemberId();
        } catch (StatusRuntimeException e) {
            return false; // it does not run
        } finally {
            channel.shutdownNow();
        }
    }

    private static boolean answers(EtcdConfig config) {
        try (EtcdClient client = new EtcdClient(config)) {
            client.get(ByteString.copyFromUtf8("any")).join();
            return true;
        } catch (CompletionException e) {
            return false;
        }
    }

    private String log(Member member) {
        try {
            return Files.readString(folder.resolve(member.name() + ".log"));
        } catch (IOException e) {
            return e.toString();
        }
    }

    public List<Member> members() {
        return List.copyOf(members);
    }

    /** Returns where all members serve clients. */
    public List<String> endpoints() {
        return members.stream().map(Member::endpoint).toList();
    }

    /** Returns how daemons reach the cluster, with keys that nobody has used. */
    public EtcdConfig newStore() {
        return new EtcdConfig(endpoints(), "/" + UUID.randomUUID() + "/", tls, EtcdConfig.Reads.CURRENT);
    }

    @Override
    public void close() {
        try {
            for (Member member : members) {
                member.kill();
            }
            try (Stream<Path> files = Files.walk(folder)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
