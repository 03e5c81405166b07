package dev.imaged.server.etcd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.imaged.errors.ImageException;
import dev.imaged.errors.ImageException.AlreadyExists;
import dev.imaged.errors.ImageException.FailedPrecondition;
import dev.imaged.errors.ImageException.Unavailable;
import dev.imaged.images.Change;
import dev.imaged.images.Image;
import dev.imaged.images.ImageStore;
import dev.imaged.images.ImageStores;
import dev.imaged.images.ListOptions;
import dev.imaged.images.PageOptions;
import dev.imaged.images.UpdateMask;
import dev.imaged.oci.Descriptor;
import dev.imaged.proto.etcd.CompactionRequest;
import dev.imaged.proto.etcd.DeleteRangeRequest;
import dev.imaged.proto.etcd.KVGrpc;
import dev.imaged.server.remote.InProcessDaemon;
import dev.imaged.server.store.TestStores;
import dev.imaged.server.xodus.Engines;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What daemons do when parts of the cluster fail. */
class EtcdFailuresIT {
    private static final Descriptor TARGET = new Descriptor("m", "sha256:" + "a".repeat(64), 1);

    /** For all tests that do not stop or set back a member. */
    @AutoClose
    private static EtcdCluster cluster;

    @TempDir
    Path folder;

    @BeforeAll
    static void startCluster() throws Exception {
        cluster = EtcdCluster.start(1);
    }

    private static ImageStore store(ImageStores stores) {
        return stores.namespace("ns");
    }

    private static Image image(String name) {
        return new Image(name, TARGET);
    }

    private ImageStores daemon(EtcdConfig config) throws Exception {
        return InProcessDaemon.serve(
                EtcdDaemons.engine(config, requireThere -> Engines.database(folder), Clock.systemUTC()));
    }

    private static List<String> names(ImageStores stores) {
        return store(stores).list().stream().map(Image::name).toList();
    }

    /** Waits until a store takes writes. */
    private static void awaitWrites(ImageStores stores) throws InterruptedException {
        for (int attempt = 0; ; attempt++) {
            try {
                store(stores).update(put(store(stores), "probe"), UpdateMask.all());
                return;
            } catch (ImageException.Unavailable e) {
                assertTrue(attempt < 200, () -> "no write is taken: " + e.getMessage());
                Thread.sleep(50);
            }
        }
    }

    private static Image put(ImageStore store, String name) {
        try {
            return store.create(image(name));
        } catch (AlreadyExists e) {
            return image(name);
        }
    }

    /** The same store, which a daemon reaches by a proxy alone. */
    private static EtcdConfig through(CuttingProxy proxy, EtcdConfig direct) {
        return new EtcdConfig(List.of(proxy.endpoint()), direct.prefix(), null, EtcdConfig.Reads.CURRENT);
    }

    @Test
    void aWriteWhoseAnswerIsLostIsDoneOnceAndAcknowledged() throws Exception {
        try (CuttingProxy proxy = new CuttingProxy(cluster.endpoints().get(0))) {
            try (ImageStores stores = EtcdDaemons.open(through(proxy, cluster.newStore()), Clock.systemUTC())) {
                for (int i = 0; i < 5; i++) {
                    String name = "lost-answer-" + i;
                    proxy.loseAnswerTo(name);
                    store(stores).create(image(name));
                    assertEquals(i + 1, proxy.cuts());
                    assertEquals(
                            List.of(Change.Kind.CREATE),
                            stores.history("ns").orElseThrow().changes(name).changes().stream()
                                    .map(Change::kind)
                                    .toList());
                }
            }
        }
    }

    @Test
    void aWriteWhoseRequestIsLostIsSentAgain() throws Exception {
        try (CuttingProxy proxy = new CuttingProxy(cluster.endpoints().get(0))) {
            try (ImageStores stores = EtcdDaemons.open(through(proxy, cluster.newStore()), Clock.systemUTC())) {
                for (int i = 0; i < 5; i++) {
                    String name = "lost-request-" + i;
                    proxy.loseRequest(name);
                    store(stores).create(image(name));
                    assertEquals(i + 1, proxy.cuts());
                    assertEquals(i + 1, names(stores).size());
                }
            }
        }
    }

    @Test
    void withoutItsClusterADaemonIsUnavailableAndThenGoesOn() throws Exception {
        try (EtcdCluster own = EtcdCluster.start(1)) {
            try (ImageStores stores = EtcdDaemons.open(own.newStore(), Clock.systemUTC())) {
                store(stores).create(image("a"));
                own.members().get(0).pause();

                assertThrows(Unavailable.class, () -> store(stores).get("a"));

                own.members().get(0).resume();
                awaitWrites(stores);
                assertEquals(List.of("a", "probe"), names(stores));
            }
        }
    }

    @Test
    void aDaemonThatStartsAgainGoesOnFromItsFolderWithItsHistory() throws Exception {
        EtcdConfig config = cluster.newStore();
        try (ImageStores stores = daemon(config)) {
            store(stores).create(image("a"));
        }
        try (ImageStores other = EtcdDaemons.open(config, Clock.systemUTC())) {
            store(other).update(new Image("a", Map.of("k", "v"), TARGET), UpdateMask.all());
            store(other).create(image("b"));
            try (ImageStores again = daemon(config)) {
                assertEquals(store(other).list(), store(again).list());
                assertEquals(
                        2,
                        again.history("ns").orElseThrow().changes("a").changes().size());
            }
        }
        assertEquals(List.of(), problems());
    }

    private List<String> problems() {
        try (var database = Engines.database(folder)) {
            return TestStores.problems(database);
        }
    }

    @Test
    void aDaemonThatMissedWhatEtcdDroppedReadsAllImagesAgain() throws Exception {
        EtcdConfig config = cluster.newStore();
        try (ImageStores stores = daemon(config)) {
            store(stores).create(image("gone"));
            store(stores).create(image("kept"));
        }
        try (ImageStores other = EtcdDaemons.open(config, Clock.systemUTC())) {
            store(other).delete("gone");
            store(other).update(new Image("kept", Map.of("k", "v"), TARGET), UpdateMask.all());
            store(other).create(image("new"));
            compact(cluster, newest(other));

            try (ImageStores again = daemon(config)) {
                assertEquals(store(other).list(), store(again).list());
                assertEquals(
                        List.of("kept"),
                        store(again).list(List.of("labels.k==v")).stream()
                                .map(Image::name)
                                .toList());
                store(again).delete("new");
                assertEquals(List.of("kept"), names(other));
            }
        }
        assertEquals(List.of(), problems());
    }

    private static long newest(ImageStores stores) {
        return stores.pages("ns")
                .orElseThrow()
                .page(PageOptions.first(ListOptions.DEFAULT))
                .position()
                .revision();
    }

    private static void compact(EtcdCluster cluster, long revision) {
        call(
                cluster,
                stub -> stub.compact(
                        CompactionRequest.newBuilder().setRevision(revision).build()));
    }

    /** Calls the first member. */
    private static void call(EtcdCluster cluster, Consumer<KVGrpc.KVBlockingStub> call) {
        ManagedChannel channel = Grpc.newChannelBuilder(
                        "dns:///" + cluster.endpoints().get(0), InsecureChannelCredentials.create())
                .build();
        try {
            call.accept(KVGrpc.newBlockingStub(channel));
        } finally {
            channel.shutdownNow();
        }
    }

    @Test
    void aClusterThatWasRestoredIsFollowedOnceItHasANewLife(@TempDir Path backup) throws Exception {
        try (EtcdCluster own = EtcdCluster.start(1)) {
            EtcdCluster.Member member = own.members().get(0);
            EtcdConfig config = own.newStore();
            try (ImageStores stores = daemon(config)) {
                store(stores).create(image("a"));
            }
            member.kill();
            copy(member.data(), backup.resolve("data"));
            member.start();
            own.awaitAnswer(member);
            try (ImageStores stores = daemon(config)) {
                store(stores).create(image("lost"));
            }
            member.kill();
            copy(member.data(), backup.resolve("later"));
            delete(member.data());
            copy(backup.resolve("data"), member.data());
            member.start();
            own.awaitAnswer(member);

            FailedPrecondition refused = assertThrows(FailedPrecondition.class, () -> daemon(config));
            assertTrue(refused.getMessage().startsWith("etcd is older than this daemon"), refused.getMessage());

            call(
                    own,
                    stub -> stub.deleteRange(DeleteRangeRequest.newBuilder()
                            .setKey(new EtcdKeys(config.prefix()).life())
                            .build()));
            try (ImageStores stores = daemon(config)) {
                assertEquals(List.of("a"), names(stores));
                store(stores).create(image("b"));
                assertEquals(List.of("a", "b"), names(stores));
            }
        }
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.toList()) {
                Files.copy(file, to.resolve(from.relativize(file).toString()));
            }
        }
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    @Test
    void aFolderWithAStoreOfItsOwnIsNotReplaced() throws Exception {
        EtcdConfig config = cluster.newStore();
        try (ImageStores own = InProcessDaemon.serve(Engines.open(folder, Clock.systemUTC()))) {
            store(own).create(image("mine"));
        }

        FailedPrecondition refused = assertThrows(FailedPrecondition.class, () -> daemon(config));

        assertTrue(refused.getMessage().contains(" holds a store of its own"), refused.getMessage());
        try (ImageStores own = InProcessDaemon.serve(Engines.open(folder, Clock.systemUTC()))) {
            assertEquals(List.of("mine"), names(own));
        }
    }

    @Test
    void aCopyOfAClusterIsNotServedAlone() throws Exception {
        daemon(cluster.newStore()).close();

        FailedPrecondition refused =
                assertThrows(FailedPrecondition.class, () -> Engines.open(folder, Clock.systemUTC()));

        assertTrue(refused.getMessage().contains(" holds a copy of the images"), refused.getMessage());
    }
}
