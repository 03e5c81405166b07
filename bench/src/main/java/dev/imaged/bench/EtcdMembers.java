package dev.imaged.bench;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** A cluster of etcd on the loopback interface, with its data below a folder. Not thread-safe. */
final class EtcdMembers implements AutoCloseable {
    private static final long START_NANOS = 60_000_000_000L;
    private static final long POLL_MILLIS = 20;
    private static final Duration TIMEOUT = Duration.ofSeconds(2);

    private final Path folder;
    private final List<Integer> ports;
    private final List<Process> processes = new ArrayList<>();
    private final HttpClient http = HttpClient.newHttpClient();

    private EtcdMembers(Path folder, List<Integer> ports) {
        this.folder = folder;
        this.ports = ports;
    }

    /** Starts so many members, with the etcd of the path, and waits until they have a leader. */
    static EtcdMembers start(Path folder, int count) throws IOException, InterruptedException {
        EtcdMembers members = new EtcdMembers(Files.createDirectory(folder), freePorts(2 * count));
        try {
            for (int i = 0; i < count; i++) {
                members.processes.add(members.start(i));
            }
            members.leader();
            return members;
        } catch (IOException | InterruptedException | RuntimeException e) {
            members.close();
            throw e;
        }
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

    private int size() {
        return ports.size() / 2;
    }

    private String client(int member) {
        return "127.0.0.1:" + ports.get(2 * member);
    }

    private String peer(int member) {
        return "http://127.0.0.1:" + ports.get(2 * member + 1);
    }

    private Process start(int member) throws IOException {
        String cluster = IntStream.range(0, size())
                .mapToObj(i -> "m" + i + "=" + peer(i))
                .collect(Collectors.joining(","));
        return new ProcessBuilder(List.of(
                        "etcd",
                        "--name=m" + member,
                        "--data-dir=" + folder.resolve("m" + member),
                        "--listen-client-urls=http://" + client(member),
                        "--advertise-client-urls=http://" + client(member),
                        "--listen-peer-urls=" + peer(member),
                        "--initial-advertise-peer-urls=" + peer(member),
                        "--initial-cluster=" + cluster,
                        "--logger=zap",
                        "--log-level=error"))
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(
                        folder.resolve("m" + member + ".log").toFile()))
                .start();
    }

    /** Returns where the members serve clients. */
    List<String> endpoints() {
        return IntStream.range(0, size()).mapToObj(this::client).toList();
    }

    /** Returns which member leads; waits until one says that it does. */
    int leader() throws IOException, InterruptedException {
        long end = System.nanoTime() + START_NANOS;
        while (System.nanoTime() < end) {
            for (int i = 0; i < size(); i++) {
                Map<String, String> status = processes.get(i).isAlive() ? status(i) : Map.of();
                String leader = status.getOrDefault("leader", "0");
                if (!leader.equals("0") && leader.equals(status.get("member_id"))) {
                    return i;
                }
            }
            Thread.sleep(POLL_MILLIS);
        }
        throw new IOException("etcd has no leader; its logs are in " + folder);
    }

    /** Returns the numbers and texts of a member's status by their names, whatever message they are in; none while it does not answer. */
    private Map<String, String> status(int member) throws InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://" + client(member) + "/v3/maintenance/status"))
                .POST(HttpRequest.BodyPublishers.ofString("{}"))
                .timeout(TIMEOUT)
                .build();
        Map<String, String> values = new HashMap<>();
        try (JsonParser json = new JsonFactory()
                .createParser(
                        http.send(request, HttpResponse.BodyHandlers.ofString()).body())) {
            for (JsonToken token; (token = json.nextToken()) != null; ) {
                if (token.isScalarValue()) {
                    values.put(String.valueOf(json.currentName()), json.getText());
                }
            }
            return values;
        } catch (IOException e) {
            return Map.of();
        }
    }

    /** Ends a member at once. */
    void kill(int member) throws InterruptedException {
        processes.get(member).destroyForcibly().waitFor();
    }

    /** Starts a member again that was killed, and waits until it answers. */
    void restart(int member) throws IOException, InterruptedException {
        processes.set(member, start(member));
        long end = System.nanoTime() + START_NANOS;
        while (status(member).getOrDefault("leader", "0").equals("0")) {
            if (System.nanoTime() > end) {
                throw new IOException("etcd does not start again; its logs are in " + folder);
            }
            Thread.sleep(POLL_MILLIS);
        }
    }

    @Override
    public void close() {
        processes.forEach(Process::destroyForcibly);
        try {
            for (Process process : processes) {
                process.waitFor(); // so that nothing is written to its folder any more
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
