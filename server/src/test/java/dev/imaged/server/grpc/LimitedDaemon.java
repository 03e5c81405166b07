package dev.imaged.server.grpc;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.imaged.proto.images.v1.CreateImageRequest;
import dev.imaged.proto.images.v1.GetImageRequest;
import dev.imaged.remote.Address;
import dev.imaged.server.ImageServer;
import dev.imaged.server.RawClient;
import dev.imaged.server.TestDaemon;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;

/** A daemon with narrow limits on a unix socket and a TCP port, and the image {@code a} in the namespace {@code n}. */
final class LimitedDaemon implements AutoCloseable {
    static final String IMAGES = "/containerd.services.images.v1.Images/";
    static final byte[] GET = GetImageRequest.newBuilder().setName("a").build().toByteArray();

    private final ImageServer server;
    private final List<RawClient> clients = new ArrayList<>();
    private final List<RawHttp2> peers = new ArrayList<>();
    private final RawClient unix;

    LimitedDaemon(Path folder, String... limits) {
        List<String> flags = new ArrayList<>(List.of(limits));
        flags.add("--listen=unix://" + folder.resolve("s") + ",127.0.0.1:0");
        server = ImageServer.start(
                TestDaemon.config(folder.resolve("data"), flags.toArray(String[]::new)), Clock.systemUTC());
        unix = client(unixAddress());
        CreateImageRequest create =
                CreateImageRequest.newBuilder().setImage(TestDaemon.image("a")).build();
        unix.call("Create", "n", create).requireOk();
    }

    Address unixAddress() {
        return server.addresses().get(0);
    }

    Address tcpAddress() {
        return server.addresses().get(1);
    }

    /** A client on the unix socket. */
    RawClient unix() {
        return unix;
    }

    /** A new client on the TCP port. */
    RawClient tcp() {
        return client(tcpAddress());
    }

    private RawClient client(Address address) {
        RawClient client = new RawClient(address.toString());
        clients.add(client);
        return client;
    }

    /** A new peer that has greeted the daemon. */
    RawHttp2 peer(Address address) throws IOException {
        return silentPeer(address).greet();
    }

    /** A new peer that has sent nothing. */
    RawHttp2 silentPeer(Address address) throws IOException {
        RawHttp2 peer = new RawHttp2(address);
        peers.add(peer);
        return peer;
    }

    /** Sends the headers of a call of the Images API. */
    static RawHttp2 call(RawHttp2 peer, int stream, String method) throws IOException {
        return peer.call(stream, IMAGES + method, "application/grpc", "containerd-namespace", "n");
    }

    /** Makes a Get and waits for its answer. */
    static void get(RawHttp2 peer, int stream) throws Exception {
        call(peer, stream, "Get").message(stream, GET);
        assertEquals("0", peer.awaitEnd(stream).get("grpc-status"));
    }

    @Override
    public void close() throws IOException {
        clients.forEach(RawClient::close);
        for (RawHttp2 peer : peers) {
            peer.close();
        }
        server.close();
    }
}
