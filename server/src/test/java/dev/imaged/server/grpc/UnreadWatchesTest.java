package dev.imaged.server.grpc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.imaged.images.Image;
import dev.imaged.images.ImageStore;
import dev.imaged.images.UpdateMask;
import dev.imaged.oci.Descriptor;
import dev.imaged.proto.v1.WatchRequest;
import dev.imaged.remote.RemoteImageStores;
import dev.imaged.server.ImageServer;
import dev.imaged.server.TestDaemon;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Watches whose callers take not a byte: the windows of their streams are closed. The property {@code imaged.watches} sets how many. */
@Timeout(300)
class UnreadWatchesTest {
    private static final int WATCHES = Integer.getInteger("imaged.watches", 1000);
    private static final int STREAMS = 1000;
    private static final int INITIAL_WINDOW_SIZE = 4;
    private static final String OUT_OF_RANGE = "11";
    private static final Descriptor TARGET = new Descriptor("m", "sha256:" + "a".repeat(64), 1);

    /** More than the changes that are kept in memory hold. */
    private static final int WRITES = 400;

    private static final int WRITE_BYTES = 20_000;

    @TempDir
    Path folder;

    private final List<RawHttp2> peers = new ArrayList<>();
    private ImageServer server;
    private RemoteImageStores stores;
    private ImageStore images;

    @BeforeEach
    void start() {
        String address = "unix://" + folder.resolve("s");
        server = ImageServer.start(
                TestDaemon.config(folder.resolve("data"), "--listen", address, "--keep-changes", "100"),
                Clock.systemUTC());
        stores = RemoteImageStores.connect(address);
        images = stores.namespace("ns");
        images.create(new Image("a", TARGET));
    }

    @AfterEach
    void stop() throws IOException {
        for (RawHttp2 peer : peers) {
            peer.close();
        }
        stores.close();
        server.close();
    }

    private static byte[] windowSize(int bytes) {
        return ByteBuffer.allocate(6)
                .putShort((short) INITIAL_WINDOW_SIZE)
                .putInt(bytes)
                .array();
    }

    /** Opens watches on a new connection, and returns once all have begun. */
    private void open(int watches) throws Exception {
        RawHttp2 peer = new RawHttp2(server.addresses().get(0));
        peers.add(peer);
        peer.send(RawHttp2.PREFACE).frame(RawHttp2.SETTINGS, 0, 0, windowSize(0));
        byte[] request = WatchRequest.newBuilder().addNamespaces("ns").build().toByteArray();
        for (int i = 0; i < watches; i++) {
            int stream = 2 * i + 1;
            peer.call(stream, "/imaged.v1.Catalog/Watch", "application/grpc").message(stream, request);
        }
        for (int begun = 0; begun < watches; ) {
            RawHttp2.Frame frame = peer.next();
            if (frame.type() == RawHttp2.SETTINGS && frame.flags() == 0) {
                peer.frame(RawHttp2.SETTINGS, RawHttp2.ACK, 0, new byte[0]);
            } else if (frame.type() == RawHttp2.HEADERS) {
                Map<String, String> headers = peer.decode(frame);
                assertEquals("200", headers.get(":status"));
                assertEquals(null, headers.get("grpc-status"), () -> "a watch was refused: " + headers);
                begun++;
            }
        }
    }

    /** Opens the windows of all streams of a connection, and returns the messages that its watches end with. */
    private static Set<String> readEnds(RawHttp2 peer, int watches) throws Exception {
        peer.frame(RawHttp2.SETTINGS, 0, 0, windowSize(1 << 16));
        peer.frame(
                RawHttp2.WINDOW_UPDATE,
                0,
                0,
                ByteBuffer.allocate(4).putInt(1 << 28).array());
        Set<String> messages = new HashSet<>();
        for (int ended = 0; ended < watches; ) {
            RawHttp2.Frame frame = peer.next();
            if (frame.type() == RawHttp2.HEADERS) {
                Map<String, String> trailers = peer.decode(frame);
                assertEquals(OUT_OF_RANGE, trailers.get("grpc-status"), trailers::toString);
                messages.add(trailers.get("grpc-message").replaceAll("\\d+", "N"));
                ended++;
            }
        }
        return messages;
    }

    @Test
    void writesGoOnAndTheWatchesEndOnceTheLogIsCutPastThem() throws Exception {
        for (int opened = 0; opened < WATCHES; opened += STREAMS) {
            open(Math.min(STREAMS, WATCHES - opened));
        }
        for (int i = 0; i < WRITES; i++) {
            images.update(
                    new Image("a", TARGET.withAnnotations(Map.of("filler", i + "x".repeat(WRITE_BYTES)))),
                    UpdateMask.all());
        }

        int left = WATCHES;
        for (RawHttp2 peer : peers) {
            Set<String> messages = readEnds(peer, Math.min(STREAMS, left));
            assertEquals(
                    Set.of("revision N is not kept any more: the oldest revision that can be read is N"), messages);
            left -= STREAMS;
        }
        assertTrue(images.get("a").updatedAt() != null, "the daemon answers");
    }
}
