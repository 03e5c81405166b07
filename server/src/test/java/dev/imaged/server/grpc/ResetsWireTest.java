package dev.imaged.server.grpc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.imaged.proto.images.v1.CreateImageRequest;
import dev.imaged.server.TestDaemon;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** A peer that cancels many calls: its connection ends, and what others have in flight on it does not. */
@Timeout(60)
class ResetsWireTest {
    private static final byte[] CANCEL = {0, 0, 0, 8};
    private static final byte[] CREATE = CreateImageRequest.newBuilder()
            .setImage(TestDaemon.image("b"))
            .build()
            .toByteArray();

    @TempDir
    Path folder;

    private final ListAppender<ILoggingEvent> log = new ListAppender<>();
    private LimitedDaemon daemon;

    @BeforeEach
    void start() {
        log.list = new CopyOnWriteArrayList<>();
        log.start();
        rootLogger().addAppender(log);
        daemon = new LimitedDaemon(folder);
    }

    @AfterEach
    void stop() throws IOException {
        daemon.close();
        rootLogger().detachAppender(log);
    }

    @Test
    void callsInFlightGoOnWhenTooManyOthersOfTheirConnectionAreCancelled() throws Exception {
        RawHttp2 peer = daemon.peer(daemon.tcpAddress());
        byte[] message = RawHttp2.prefixed(CREATE.length, CREATE);
        LimitedDaemon.call(peer, 1, "Create").frame(RawHttp2.DATA, 0, 1, message);
        cancel(peer, 5000);
        RawHttp2.Frame goAway = next(peer, RawHttp2.GOAWAY);
        ByteBuffer payload = ByteBuffer.wrap(goAway.payload());
        assertEquals(Integer.MAX_VALUE, payload.getInt(), "every stream is served");
        assertEquals(0, payload.getInt(), "NO_ERROR");
        assertEquals(
                "too_many_rststreams", StandardCharsets.US_ASCII.decode(payload).toString());
        RawHttp2.Frame ping = next(peer, RawHttp2.PING);
        peer.frame(RawHttp2.PING, RawHttp2.ACK, 0, ping.payload());
        next(peer, RawHttp2.GOAWAY);
        peer.frame(RawHttp2.DATA, RawHttp2.END_STREAM, 1, new byte[0]);
        assertEquals("0", peer.awaitEnd(1).get("grpc-status"));
        peer.awaitHangUp();
        List<String> lines = warnings();
        assertEquals(1, lines.size(), lines.toString());
        assertTrue(lines.get(0).contains("connection of /127.0.0.1:"), lines.toString());
        assertTrue(lines.get(0).contains("cancelled more than 2000 calls within 10 s"), lines.toString());
    }

    @Test
    void peerOfAUnixSocketMayCancelTenTimesAsMany() throws Exception {
        RawHttp2 peer = daemon.peer(daemon.unixAddress());
        cancel(peer, 5000);
        LimitedDaemon.get(peer, 10_003);
        assertEquals(List.of(), warnings());
        for (int i = 0; i < 16_000; i++) {
            cancelOne(peer, 10_005 + 2 * i);
        }
        next(peer, RawHttp2.GOAWAY);
        List<String> lines = warnings();
        assertEquals(1, lines.size(), lines.toString());
        String process = "connection of process " + ProcessHandle.current().pid() + " of user ";
        assertTrue(lines.get(0).contains(process), lines.toString());
        assertTrue(lines.get(0).contains(" on " + daemon.unixAddress() + " ends"), lines.toString());
    }

    /** Opens so many calls, from stream 3 on, and cancels each. */
    private static void cancel(RawHttp2 peer, int calls) throws IOException {
        for (int i = 0; i < calls; i++) {
            cancelOne(peer, 3 + 2 * i);
        }
    }

    private static void cancelOne(RawHttp2 peer, int stream) throws IOException {
        LimitedDaemon.call(peer, stream, "Get").frame(RawHttp2.RST_STREAM, 0, stream, CANCEL);
    }

    private static RawHttp2.Frame next(RawHttp2 peer, int type) throws IOException {
        RawHttp2.Frame frame = peer.next();
        while (frame.type() != type || frame.flags() == RawHttp2.ACK) {
            frame = peer.next();
        }
        return frame;
    }

    private List<String> warnings() {
        return log.list.stream()
                .map(ILoggingEvent::getFormattedMessage)
                .filter(line -> line.contains("cancelled more than"))
                .toList();
    }

    private static Logger rootLogger() {
        return (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    }
}
