package dev.imaged.server.etcd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import dev.imaged.images.Image;
import dev.imaged.internal.wire.ImageProtos;
import dev.imaged.oci.Descriptor;
import dev.imaged.proto.etcd.CompactionRequest;
import dev.imaged.proto.etcd.KVGrpc;
import dev.imaged.proto.etcd.TxnRequest;
import dev.imaged.server.store.TestStores;
import dev.imaged.server.store.record.Keys;
import dev.imaged.server.store.write.StoreFill;
import dev.imaged.server.xodus.Engines;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A daemon with an empty folder reads all images from etcd, whatever they are like and happens meanwhile. */
class ViewFillIT {
    private static final Descriptor TARGET = new Descriptor("m", "sha256:" + "a".repeat(64), 1);
    private static final int PUTS = 100;

    private static EtcdCluster cluster;
    private static ManagedChannel channel;

    @TempDir
    Path folder;

    private EtcdConfig config;

    @BeforeAll
    static void startCluster() throws Exception {
        cluster = EtcdCluster.start(1);
        channel = Grpc.newChannelBuilder("dns:///" + cluster.endpoints().get(0), InsecureChannelCredentials.create())
                .build();
    }

    @AfterAll
    static void stopCluster() {
        if (cluster != null) {
            channel.shutdownNow();
            cluster.close();
        }
    }

    @BeforeEach
    void newStore() {
        config = cluster.newStore();
    }

    /** Has etcd hold images, as daemons would have written them; returns the revision behind that. */
    private long store(List<Image> images, int atOnce) {
        EtcdKeys keys = new EtcdKeys(config.prefix());
        long revision = 0;
        for (int from = 0; from < images.size(); from += atOnce) {
            TxnRequest.Builder request = TxnRequest.newBuilder();
            for (Image image : images.subList(from, Math.min(images.size(), from + atOnce))) {
                ByteString key = keys.images().concat(ByteString.copyFrom(Keys.image("ns", image.name())));
                request.addSuccess(
                        CommitRequest.put(key, ImageProtos.toProto(image).toByteString(), 0));
            }
            request.addSuccess(CommitRequest.put(keys.mark(), ByteString.EMPTY, 0));
            revision = KVGrpc.newBlockingStub(channel)
                    .txn(request.build())
                    .getHeader()
                    .getRevision();
        }
        return revision;
    }

    private static List<String> names(List<Image> images) {
        return images.stream().map(Image::name).toList();
    }

    private static List<Image> numbered(int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> new Image("n%05d".formatted(i), Map.of("k", "v" + i % 7), TARGET))
                .toList();
    }

    private void assertWhole(List<Image> images) throws Exception {
        try (FollowingDaemon daemon = new FollowingDaemon(config, folder)) {
            assertEquals(names(images), daemon.names());
        }
        assertEquals(List.of(), problems());
    }

    private List<String> problems() {
        try (var database = Engines.database(folder)) {
            return TestStores.problems(database);
        }
    }

    @Test
    void imagesThatAreLargeAreReadInSmallerPages() throws Exception {
        List<Image> images = IntStream.range(10, 36)
                .mapToObj(i -> new Image("large" + i, TARGET.withAnnotations(Map.of("k", "v".repeat(1 << 20)))))
                .toList();
        store(images, 1);

        try (FollowingDaemon daemon = new FollowingDaemon(config, folder)) {
            for (Image image : images) {
                assertEquals(image.target(), daemon.images().get(image.name()).target());
            }
        }
        assertEquals(List.of(), problems());
    }

    /** The database keeps a name below the one that it continues, and saves such names one inside the other. */
    @Test
    void namesThatContinueEachOtherAreRead() throws Exception {
        List<Image> images = new ArrayList<>();
        for (int length = 1; length <= 1000; length++) {
            images.add(new Image("x".repeat(length), TARGET));
        }
        store(images, PUTS);

        assertWhole(images);
    }

    @Test
    void aFillThatEndedMidwayIsDoneAgain() throws Exception {
        List<Image> images = numbered(10);
        store(images, PUTS);
        try (var database = Engines.database(folder)) {
            StoreFill fill = new StoreFill(database, () -> false);
            fill.add(List.of(
                    new StoreFill.Filled(Keys.image("ns", "not of etcd"), new Image("not of etcd", TARGET), 1, 1)));
        }

        assertWhole(images);
    }

    @Test
    void aFillWhoseRevisionEtcdDropsIsDoneAgain() throws Exception {
        List<Image> images = numbered(3000);
        store(images, PUTS);
        try (CuttingProxy proxy = new CuttingProxy(cluster.endpoints().get(0))) {
            EtcdConfig through =
                    new EtcdConfig(List.of(proxy.endpoint()), config.prefix(), null, EtcdConfig.Reads.CURRENT);
            proxy.cutOffAt("n00999"); // the name behind which the second page starts
            CompletableFuture<FollowingDaemon> opening = CompletableFuture.supplyAsync(() -> {
                try {
                    return new FollowingDaemon(through, folder);
                } catch (Exception e) {
                    throw new CompletionException(e);
                }
            });
            FollowingDaemon.await(() -> proxy.cuts() == 1);
            assertFalse(opening.isDone());
            List<Image> more = List.of(new Image("a", TARGET));
            long revision = store(more, PUTS);
            KVGrpc.newBlockingStub(channel)
                    .compact(
                            CompactionRequest.newBuilder().setRevision(revision).build());
            proxy.reconnect();

            try (FollowingDaemon daemon = opening.join()) {
                assertTrue(daemon.names().contains("a"));
                assertEquals(3001, daemon.names().size());
            }
        }
        assertEquals(List.of(), problems());
    }

    /** Run with {@code -Dimaged.etcd.fill=100000} to measure it. */
    @Test
    void manyImagesAreRead() throws Exception {
        int count = Integer.getInteger("imaged.etcd.fill", 5000);
        List<Image> images = numbered(count);
        store(images, PUTS);
        long start = System.nanoTime();
        try (FollowingDaemon daemon = new FollowingDaemon(config, folder)) {
            System.out.printf("%d images were read in %d ms%n", count, (System.nanoTime() - start) / 1_000_000);
            assertEquals(count, daemon.engine().maintenance().stats().images());
        }
    }
}
