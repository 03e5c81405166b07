package dev.imaged.server.grpc;

import static dev.imaged.server.grpc.LimitedDaemon.GET;
import static dev.imaged.server.grpc.LimitedDaemon.call;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.imaged.proto.images.v1.CreateImageRequest;
import dev.imaged.remote.Address;
import dev.imaged.server.RawClient;
import dev.imaged.server.TestDaemon;
import io.grpc.CallOptions;
import io.grpc.Metadata;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Connections that take all the memory they may: those of others, and the unix socket, are served. */
@Timeout(60)
class FairShareWireTest {
    private static final Logger log = LoggerFactory.getLogger(FairShareWireTest.class);

    private static final String HEALTH = "grpc.health.v1.Health/";

    /** Streams take 3 KiB each, so these hold more than the 8 MiB that there are. */
    private static final int HOGS = 6;

    private static final int STREAMS = 1000;
    private static final byte[] HALF = RawHttp2.prefixed(1000, new byte[1]);

    @TempDir
    Path folder;

    private LimitedDaemon daemon;
    private final List<RawHttp2> hogs = new ArrayList<>();
    private int created;

    @BeforeEach
    void start() {
        daemon = new LimitedDaemon(folder, "--max-request-mib=8", "--max-response-mib=8");
    }

    @AfterEach
    void stop() throws IOException {
        daemon.close();
    }

    @Test
    void unixSocketIsServedWhileStreamsThatSentNothingTakeTheMemoryOfTcp() throws Exception {
        hog(daemon.tcpAddress(), "/containerd.services.images.v1.Images/Get", new byte[0]);
        for (int i = 0; i < 100; i++) {
            serves(daemon.unix());
            ok(daemon.unix(), "imaged.v1.Maintenance/Stats");
        }
    }

    @Test
    void unixSocketIsServedWhileRequestsThatDoNotEndTakeTheMemoryOfTcp() throws Exception {
        hog(daemon.tcpAddress(), "/containerd.services.images.v1.Images/Get", HALF);
        for (int i = 0; i < 100; i++) {
            serves(daemon.unix());
            ok(daemon.unix(), "imaged.v1.Maintenance/Stats");
        }
    }

    @Test
    void connectionThatHoldsLittleIsServedWhileOthersHoldAllTheyMay() throws Exception {
        hog(daemon.tcpAddress(), "/containerd.services.images.v1.Images/Get", HALF);
        RawClient other = daemon.tcp();
        for (int i = 0; i < 100; i++) {
            serves(other);
        }
    }

    @Test
    void unixConnectionThatHoldsLittleIsServedWhileOthersHoldAllTheyMay() throws Exception {
        hog(daemon.unixAddress(), "/containerd.services.images.v1.Images/Get", HALF);
        for (int i = 0; i < 100; i++) {
            serves(daemon.unix());
            ok(daemon.unix(), "imaged.v1.Maintenance/Stats");
        }
        serves(daemon.tcp());
    }

    @Test
    void watchersOfHealthTakeNoMemoryOfOtherCalls() throws Exception {
        hog(daemon.tcpAddress(), "/" + HEALTH + "Watch", HALF);
        RawClient other = daemon.tcp();
        for (int i = 0; i < 100; i++) {
            serves(other);
        }
    }

    @Test
    void oldestStreamsThatSentNothingEndAtOnceWhenMemoryIsShort() throws Exception {
        hog(daemon.tcpAddress(), "/containerd.services.images.v1.Images/Get", new byte[0]);
        AtomicBoolean ended = new AtomicBoolean();
        Thread others = new Thread(() -> press(ended));
        others.start();
        try {
            for (RawHttp2 hog : hogs) {
                assertEquals(RawHttp2.RST_STREAM, ends(hog, 1).type());
            }
        } finally {
            ended.set(true);
            others.interrupt(); // it may wait for an answer
            others.join();
        }
    }

    /** Memory is short only while somebody asks for it: opens calls on one connection after the other. */
    private void press(AtomicBoolean ended) {
        while (!ended.get()) {
            try (RawHttp2 peer = new RawHttp2(daemon.tcpAddress()).greet()) {
                open(peer, 1, "/containerd.services.images.v1.Images/Get", new byte[0]);
            } catch (IOException e) {
                log.info("the daemon disconnected one that asks for much: {}", e.getMessage());
            }
        }
    }

    @Test
    void streamThatSentSomethingOutlivesThoseThatSentNothing() throws Exception {
        RawHttp2 peer = daemon.peer(daemon.tcpAddress());
        call(peer, 1, "Get").frame(RawHttp2.DATA, 0, 1, RawHttp2.prefixed(GET.length, new byte[0]));
        open(peer, 3, "/containerd.services.images.v1.Images/Get", new byte[0]);
        hog(daemon.tcpAddress(), "/containerd.services.images.v1.Images/Get", new byte[0]);
        assertEquals(RawHttp2.RST_STREAM, ends(peer, 3).type());
        for (RawHttp2 hog : hogs) {
            await(hog, RawHttp2.PING, 0);
        }
        peer.frame(
                RawHttp2.PING,
                0,
                0,
                new byte[8]); // is answered once all streams have ended that end with the one above
        await(peer, RawHttp2.PING, 0);
        peer.frame(RawHttp2.DATA, RawHttp2.END_STREAM, 1, GET);
        assertEquals("0", peer.awaitEnd(1).get("grpc-status"));
    }

    /** Makes connections that open all the calls they may and send the same of each. */
    private void hog(Address address, String path, byte[] data) throws Exception {
        for (int i = 0; i < HOGS; i++) {
            RawHttp2 hog = daemon.peer(address);
            hogs.add(hog);
            open(hog, 1, path, data);
        }
        for (RawHttp2 hog : hogs) {
            hog.frame(RawHttp2.PING, 0, 0, new byte[8]); // is answered once all that was sent before is read
        }
        if (data.length > 0) {
            for (RawHttp2 hog : hogs) {
                await(hog, RawHttp2.PING, 0);
            }
        }
    }

    private static void open(RawHttp2 peer, int from, String path, byte[] data) throws IOException {
        for (int stream = from; stream < 2 * STREAMS; stream += 2) {
            peer.call(stream, path, "application/grpc", "containerd-namespace", "n");
            if (data.length > 0) {
                peer.frame(RawHttp2.DATA, 0, stream, data);
            }
        }
    }

    private static void await(RawHttp2 peer, int type, int stream) throws Exception {
        while (!matches(next(peer), type, RawHttp2.ACK, stream)) {
            Thread.onSpinWait();
        }
    }

    /** Returns the frame that ends a stream. */
    private static RawHttp2.Frame ends(RawHttp2 peer, int stream) throws Exception {
        RawHttp2.Frame frame = next(peer);
        while (!matches(frame, RawHttp2.RST_STREAM, 0, stream)
                && !matches(frame, RawHttp2.HEADERS, RawHttp2.END_STREAM | RawHttp2.END_HEADERS, stream)) {
            frame = next(peer);
        }
        return frame;
    }

    private static boolean matches(RawHttp2.Frame frame, int type, int flags, int stream) {
        return frame.type() == type && frame.flags() == flags && frame.stream() == stream;
    }

    /** Headers have to be decoded one after the other, for those that refer to earlier ones. */
    private static RawHttp2.Frame next(RawHttp2 peer) throws Exception {
        RawHttp2.Frame frame = peer.next();
        if (frame.type() == RawHttp2.HEADERS) {
            peer.decode(frame);
        }
        return frame;
    }

    private void serves(RawClient client) {
        client.call("Get", "n", GET).requireOk();
        CreateImageRequest create = CreateImageRequest.newBuilder()
                .setImage(TestDaemon.image("created" + created++))
                .build();
        client.call("Create", "n", create).requireOk();
        ok(client, HEALTH + "Check");
    }

    private static void ok(RawClient client, String method) {
        RawClient.Answer answer = client.callFullName(method, CallOptions.DEFAULT, new Metadata(), new byte[0]);
        assertTrue(answer.status().isOk(), method + ": " + answer.status());
    }
}
