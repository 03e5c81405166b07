package dev.imaged.server.grpc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.imaged.proto.images.v1.CreateImageRequest;
import dev.imaged.proto.images.v1.GetImageRequest;
import dev.imaged.proto.images.v1.ListImagesRequest;
import dev.imaged.remote.Address;
import dev.imaged.server.ImageServer;
import dev.imaged.server.RawClient;
import dev.imaged.server.TestDaemon;
import io.grpc.Status.Code;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Collections;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What all callers together may take of a daemon: whatever is more is refused at once, and all is well afterwards. */
@Timeout(60)
class LoadLimitsWireTest {
    private static final String IMAGES = "/containerd.services.images.v1.Images/";
    private static final int MIB = 1024 * 1024;
    private static final byte[] GET =
            GetImageRequest.newBuilder().setName("a").build().toByteArray();

    @TempDir
    Path folder;

    private ImageServer server;
    private RawClient client;
    private int nextStream = 1;

    @BeforeEach
    void start() {
        server = ImageServer.start(
                TestDaemon.config(
                        folder.resolve("data"),
                        "--listen=unix://" + folder.resolve("s") + ",127.0.0.1:0",
                        "--max-connections=2",
                        "--max-request-mib=8",
                        "--max-response-mib=8",
                        "--max-list-time=100ms"),
                Clock.systemUTC());
        client = new RawClient(server.addresses().get(0).toString());
        create("a", 1).requireOk();
    }

    @AfterEach
    void stop() {
        client.call("Get", "n", GET).requireOk();
        client.close();
        server.close();
    }

    @Test
    void connectionBeyondTheLimitIsHungUpOnAndOtherAddressesAreNot() throws Exception {
        try (RawHttp2 first = greeted();
                RawHttp2 second = greeted()) {
            get(first);
            get(second);
            try (RawHttp2 third = new RawHttp2(tcp())) {
                third.awaitHangUp();
            }
            client.call("Get", "n", GET).requireOk();
            get(first);
        }
        for (boolean taken = false; !taken; ) { // once the daemon has seen that they left
            try (RawHttp2 next = greeted()) {
                get(next);
                taken = true;
            } catch (IOException hungUp) {
                Thread.onSpinWait();
            }
        }
    }

    @Test
    void requestBeyondTheMemoryOfAllIsRefusedAndGivesItBack() {
        for (int i = 0; i < 3; i++) {
            create("large", 12 * MIB).requireFailure(Code.RESOURCE_EXHAUSTED, "the memory of requests is used up");
        }
        create("fitting", 3 * MIB).requireOk();
    }

    @Test
    void connectionWithLargeRequestsThatDoNotEndIsRefusedMoreAndOthersAreNot() throws Exception {
        try (RawHttp2 peer = greeted()) {
            takeAllThatLargeRequestsMay(peer);
            create("large", 100_000).requireOk();
            create("small", 1).requireOk();
            try (RawHttp2 other = greeted()) {
                get(other);
            }
        }
    }

    /** Begins request after request of 20,000 bytes, and stops when one is refused. */
    private static void takeAllThatLargeRequestsMay(RawHttp2 peer) throws Exception {
        byte[] first = RawHttp2.prefixed(20_000, new byte[16_000]);
        byte[] second = new byte[1000];
        int credit = 65_535; // of the connection (RFC 9113, 6.9.2)
        for (int stream = 1; stream < 2000; stream += 2) {
            call(peer, stream, "Create").frame(RawHttp2.DATA, 0, stream, first).frame(RawHttp2.DATA, 0, stream, second);
            credit -= first.length + second.length;
            while (credit < first.length + second.length) {
                RawHttp2.Frame frame = peer.next();
                if (frame.type() == RawHttp2.WINDOW_UPDATE && frame.stream() == 0) {
                    credit += ByteBuffer.wrap(frame.payload()).getInt();
                } else if (frame.type() == RawHttp2.HEADERS) {
                    assertEquals("8", peer.decode(frame).get("grpc-status"));
                    return;
                }
            }
        }
        throw new AssertionError("none was refused");
    }

    @Test
    void answersThatNobodyReadsTakeNoMoreMemoryAndGiveItBack() throws Exception {
        create("large", 5 * MIB / 2).requireOk();
        try (RawHttp2 first = greeted();
                RawClient second = new RawClient(tcp().toString())) {
            call(first, 1, "List").message(1, new byte[0]);
            awaitData(first); // its answer waits for the rest of the window
            second.call("List", "n", new byte[0])
                    .requireFailure(Code.RESOURCE_EXHAUSTED, "was dropped: the memory for unread responses");
            second.call("Get", "n", GET).requireOk();
            client.call("List", "n", new byte[0]).requireOk();
        }
        try (RawClient next = new RawClient(tcp().toString())) {
            while (next.call("List", "n", new byte[0]).code() == Code.RESOURCE_EXHAUSTED) {
                Thread.onSpinWait(); // until the daemon has seen that the first left
            }
            next.call("List", "n", new byte[0]).requireOk();
        }
    }

    @Test
    void requestOfVeryManyFieldsIsRefused() {
        ListImagesRequest filters = ListImagesRequest.newBuilder()
                .addAllFilters(Collections.nCopies(100_001, "a"))
                .build();
        client.call("List", "n", filters).requireFailure(Code.RESOURCE_EXHAUSTED, "more than 100000 fields");
        CreateImageRequest.Builder labels = CreateImageRequest.newBuilder().setImage(TestDaemon.image("labels"));
        for (int i = 0; i < 40_000; i++) {
            labels.getImageBuilder().putLabels("k" + i, "v");
        }
        client.call("Create", "n", labels.build()).requireFailure(Code.RESOURCE_EXHAUSTED, "more than 100000 fields");
    }

    @Test
    void listThatTakesTooLongIsRefused() {
        for (int i = 0; i < 200; i++) {
            create("x".repeat(500) + i, 1).requireOk();
        }
        ListImagesRequest slow = ListImagesRequest.newBuilder()
                .addFilters("name~=/" + "([a-z]*)*".repeat(300) + "[0-9]{200}$/")
                .build();
        client.call("List", "n", slow).requireFailure(Code.RESOURCE_EXHAUSTED, "the call took longer than 100 ms");
    }

    @Test
    void peerThatResetsStreamAfterStreamIsHungUpOn() throws Exception {
        try (RawHttp2 peer = greeted()) {
            boolean open = true;
            int stream = 1;
            for (; open && stream < 200_000; stream += 2) {
                try {
                    call(peer, stream, "Get").frame(RawHttp2.RST_STREAM, 0, stream, new byte[] {0, 0, 0, 8});
                } catch (IOException hungUp) {
                    open = false;
                }
            }
            peer.awaitHangUp();
            assertTrue(stream > 4000, "not after as few as " + stream / 2);
        }
    }

    private static void awaitData(RawHttp2 peer) throws IOException {
        while (peer.next().type() != RawHttp2.DATA) {
            Thread.onSpinWait();
        }
    }

    private void get(RawHttp2 peer) throws Exception {
        int stream = nextStream;
        nextStream += 2;
        call(peer, stream, "Get").message(stream, GET);
        assertEquals("0", peer.awaitEnd(stream).get("grpc-status"));
    }

    private RawHttp2 greeted() throws IOException {
        return new RawHttp2(tcp()).greet();
    }

    private Address tcp() {
        return server.addresses().get(1);
    }

    private static RawHttp2 call(RawHttp2 peer, int stream, String method) throws IOException {
        return peer.call(stream, IMAGES + method, "application/grpc", "containerd-namespace", "n");
    }

    private RawClient.Answer create(String name, int size) {
        CreateImageRequest.Builder create = CreateImageRequest.newBuilder().setImage(TestDaemon.image(name));
        create.getImageBuilder().getTargetBuilder().putAnnotations("a", "v".repeat(size));
        return client.call("Create", "n", create.build());
    }
}
