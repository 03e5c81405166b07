package dev.imaged.server.grpc;

import dev.imaged.proto.images.v1.CreateImageRequest;
import dev.imaged.proto.images.v1.GetImageRequest;
import dev.imaged.proto.images.v1.Image;
import dev.imaged.proto.images.v1.ListImagesRequest;
import dev.imaged.proto.images.v1.UpdateImageRequest;
import dev.imaged.server.RawClient;
import dev.imaged.server.TestDaemon;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongFunction;

/** Attacks with calls that cost much: each method is one and returns when it is over. */
record CallAttacks(Attackers attackers) {
    private static final int MAX = 16 * 1024 * 1024;

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
        try (RawClient client = new RawClient(attackers.address().toString())) {
            count(client.call("Create", "large", create));
        }
        calls(4, (client, round) -> client.call("Update", "large", small));
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

    /** Each call has a connection of its own: the client keeps the rest of a request that was refused until it is closed. */
    private void calls(int clients, Call call) throws Exception {
        attackers.loop(clients, (number, round) -> {
            try (RawClient client = new RawClient(attackers.address().toString())) {
                count(call.on(client, number + round));
            }
        });
    }

    private void count(RawClient.Answer answer) {
        attackers.count(answer.code().name());
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
}
