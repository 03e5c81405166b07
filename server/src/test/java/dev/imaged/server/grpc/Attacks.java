package dev.imaged.server.grpc;

import dev.imaged.proto.images.v1.CreateImageRequest;
import dev.imaged.proto.images.v1.GetImageRequest;
import dev.imaged.proto.images.v1.Image;
import dev.imaged.proto.images.v1.ListImagesRequest;
import dev.imaged.proto.images.v1.UpdateImageRequest;
import dev.imaged.server.ListenAddress;
import dev.imaged.server.RawClient;
import dev.imaged.server.TestDaemon;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2Exception;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.LongFunction;

/**
 * What many hostile clients do to a daemon for a while: each method is one attack and returns when it is over. The codes
 * that calls got are counted. Thread-safe.
 */
final class Attacks {
    private static final String IMAGES = "/containerd.services.images.v1.Images/";
    private static final int MAX = 16 * 1024 * 1024;
    private static final int FRAME = 16 * 1024;

    private final ListenAddress address;
    private final long nanos;
    private final Map<String, Integer> answers = new ConcurrentSkipListMap<>();

    /** @param nanos how long an attack goes on */
    Attacks(ListenAddress address, long nanos) {
        this.address = address;
        this.nanos = nanos;
    }

    /** What one of several clients does, over and over, until its time is over. */
    private interface Client {
        void act(int number, long round) throws Exception;
    }

    /** How often each code was answered. */
    Map<String, Integer> answers() {
        return answers;
    }

    void thousandConnections() throws Exception {
        try (Peers peers = new Peers()) {
            for (int i = 0; i < 1000; i++) {
                peers.open().greet();
            }
            TimeUnit.NANOSECONDS.sleep(nanos);
        }
    }

    void silentConnections() throws Exception {
        try (Peers peers = new Peers()) {
            for (int i = 0; i < 500; i++) {
                peers.open().send(Arrays.copyOf(RawHttp2.PREFACE, i % RawHttp2.PREFACE.length));
            }
            TimeUnit.NANOSECONDS.sleep(nanos);
        }
    }

    void tenThousandStreams() throws Exception {
        byte[] start = RawHttp2.prefixed(1000, new byte[10]);
        try (Peers peers = new Peers()) {
            for (int i = 0; i < 10; i++) {
                RawHttp2 peer = peers.open().greet();
                for (int stream = 1; stream < 2000; stream += 2) {
                    call(peer, stream, "Get", "fits").frame(RawHttp2.DATA, 0, stream, start);
                }
            }
            TimeUnit.NANOSECONDS.sleep(nanos);
        }
    }

    /** Reads one byte a second. */
    void readersOfLists() throws Exception {
        try (Peers peers = new Peers()) {
            for (int i = 0; i < 64; i++) {
                call(peers.open().greet(), 1, "List", "fits").message(1, new byte[0]);
            }
            for (long end = System.nanoTime() + nanos; System.nanoTime() < end; TimeUnit.SECONDS.sleep(1)) {
                for (RawHttp2 peer : peers.all) {
                    peer.read();
                }
            }
        }
    }

    /** Each sends all of a request of 16 MiB but its end. */
    void sendersThatStop() throws Exception {
        try (Peers peers = new Peers()) {
            all(32, number -> {
                try {
                    RawHttp2 peer = peers.open().greet();
                    call(peer, 1, "Create", "large");
                    answers.merge(upload(peer, MAX, MAX - FRAME), 1, Integer::sum);
                } catch (IOException hungUp) {
                    answers.merge("hung up", 1, Integer::sum);
                }
                return null;
            });
            TimeUnit.NANOSECONDS.sleep(nanos);
        }
    }

    void largeRequests() throws Exception {
        byte[] create = CreateImageRequest.newBuilder()
                .setImage(annotated("large", MAX - 4096))
                .build()
                .toByteArray();
        byte[] get = GetImageRequest.newBuilder()
                .setName("n".repeat(MAX - 16))
                .build()
                .toByteArray();
        calls(
                32,
                (client, round) ->
                        round % 2 == 0 ? client.call("Create", "large", create) : client.call("Get", "large", get));
    }

    /** Requests that are many times as large once they are decoded. */
    void denseRequests() throws Exception {
        byte[] labels = repeated(new byte[] {0x0A, 1, 'x'}, i -> new byte[] {
            0x12, 8, 0x0A, 4, (byte) (i & 0x7F), (byte) (i >> 7 & 0x7F), (byte) (i >> 14 & 0x7F), 'k', 0x12, 0
        });
        byte[] create = ByteBuffer.allocate(labels.length + 5)
                .put((byte) 0x0A)
                .put(varint(labels.length))
                .put(labels)
                .array();
        byte[] filters = repeated(new byte[0], i -> new byte[] {0x0A, 1, 'a'});
        byte[] selectors = ListImagesRequest.newBuilder()
                .addFilters("a,".repeat(MAX / 2 - 100) + "a")
                .build()
                .toByteArray();
        byte[] path = ListImagesRequest.newBuilder()
                .addFilters("a.".repeat(MAX / 2 - 100) + "a")
                .build()
                .toByteArray();
        byte[] unknown = repeated(new byte[] {0x0A, 1, 'x'}, i -> new byte[] {0x78, 1});
        calls(16, (client, round) -> switch ((int) (round % 5)) {
            case 0 -> client.call("Create", "large", create);
            case 1 -> client.call("List", "large", filters);
            case 2 -> client.call("List", "large", selectors);
            case 3 -> client.call("List", "large", path);
            default -> client.call("Get", "large", unknown);
        });
    }

    /** Small requests whose answers, and what is written for them, are large. */
    void updatesOfALargeImage() throws Exception {
        byte[] create = CreateImageRequest.newBuilder()
                .setImage(annotated("updated", MAX - 8192))
                .build()
                .toByteArray();
        UpdateImageRequest.Builder update = UpdateImageRequest.newBuilder().setImage(TestDaemon.image("updated"));
        update.getUpdateMaskBuilder().addPaths("labels.x");
        byte[] small = update.build().toByteArray();
        try (RawClient client = new RawClient(address.toString())) {
            count(client.call("Create", "large", create));
        }
        calls(4, (client, round) -> client.call("Update", "large", small));
    }

    void vanishingClients() throws Exception {
        loop(4, (number, round) -> {
            try (RawHttp2 peer = new RawHttp2(address)) {
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
        loop(4, (number, round) -> {
            try (RawHttp2 peer = new RawHttp2(address)) {
                peer.greet();
                for (int stream = 1; stream < 200_000; stream += 2) {
                    call(peer, stream, "List", "fits")
                            .message(stream, slow)
                            .frame(RawHttp2.RST_STREAM, 0, stream, new byte[] {0, 0, 0, 8});
                }
            } catch (IOException hungUp) {
                answers.merge("hung up", 1, Integer::sum);
            }
        });
    }

    /** Headers that are small on the wire and large once they are decoded, and headers without an end. */
    void headerBombs() throws Exception {
        byte[] indexed = new byte[4096];
        Arrays.fill(indexed, (byte) (0x80 | 62)); // the newest entry of the dynamic table (RFC 7541, 2.3.3)
        byte[] fitting = Arrays.copyOf(indexed, 15);
        loop(8, (number, round) -> {
            try (RawHttp2 peer = new RawHttp2(address)) {
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
                answers.merge("hung up", 1, Integer::sum);
            }
        });
    }

    void slowFilters() throws Exception {
        List<byte[]> lists = new ArrayList<>();
        for (List<String> filters : SlowFilters.all()) {
            lists.add(ListImagesRequest.newBuilder()
                    .addAllFilters(filters)
                    .build()
                    .toByteArray());
        }
        calls(8, (client, round) -> client.call("List", "fits", lists.get((int) (round % lists.size()))));
    }

    private interface Call {
        RawClient.Answer on(RawClient client, long round);
    }

    private void calls(int clients, Call call) throws Exception {
        List<RawClient> opened = new ArrayList<>();
        for (int i = 0; i < clients; i++) {
            opened.add(new RawClient(address.toString()));
        }
        try {
            loop(clients, (number, round) -> count(call.on(opened.get(number), number + round)));
        } finally {
            opened.forEach(RawClient::close);
        }
    }

    private void count(RawClient.Answer answer) {
        answers.merge(answer.code().name(), 1, Integer::sum);
    }

    private void loop(int clients, Client client) throws Exception {
        long end = System.nanoTime() + nanos;
        all(clients, number -> {
            for (long round = 0; System.nanoTime() < end; round++) {
                client.act((int) number, round);
            }
            return null;
        });
    }

    private interface Numbered {
        Void call(long number) throws Exception;
    }

    private static void all(int clients, Numbered client) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(clients);
        try {
            List<Callable<Void>> tasks = new ArrayList<>();
            for (int i = 0; i < clients; i++) {
                int number = i;
                tasks.add(() -> client.call(number));
            }
            for (Future<Void> done : threads.invokeAll(tasks)) {
                done.get();
            }
        } finally {
            threads.shutdownNow();
        }
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

    private static Image annotated(String name, int size) {
        var image = TestDaemon.image(name).toBuilder();
        image.getTargetBuilder().putAnnotations("a", "v".repeat(size));
        return image.build();
    }

    /** Returns some 16 MiB of a start and many parts. */
    private static byte[] repeated(byte[] start, LongFunction<byte[]> part) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        bytes.writeBytes(start);
        for (long i = 0; bytes.size() < MAX - 64; i++) {
            bytes.writeBytes(part.apply(i));
        }
        return bytes.toByteArray();
    }

    private static byte[] varint(int value) {
        return new byte[] {
            (byte) (value | 0x80), (byte) (value >> 7 | 0x80), (byte) (value >> 14 | 0x80), (byte) (value >> 21)
        };
    }

    private static RawHttp2 call(RawHttp2 peer, int stream, String method, String namespace) throws IOException {
        return peer.call(stream, IMAGES + method, "application/grpc", "containerd-namespace", namespace);
    }

    /** Connections that are closed together. */
    private final class Peers implements AutoCloseable {
        private final List<RawHttp2> all = new ArrayList<>();

        synchronized RawHttp2 open() throws IOException {
            RawHttp2 peer = new RawHttp2(address);
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
