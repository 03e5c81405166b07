package dev.imaged.server.etcd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import dev.imaged.errors.ImageException.FailedPrecondition;
import dev.imaged.errors.ImageException.OutOfRange;
import dev.imaged.errors.ImageException.Unavailable;
import dev.imaged.images.Follower;
import dev.imaged.images.Image;
import dev.imaged.images.ImageStores;
import dev.imaged.images.ListOptions;
import dev.imaged.images.PageOptions;
import dev.imaged.images.Position;
import dev.imaged.images.UpdateMask;
import dev.imaged.images.WatchOptions;
import dev.imaged.internal.wire.ImageProtos;
import dev.imaged.maintenance.BackupSink;
import dev.imaged.oci.Descriptor;
import dev.imaged.proto.etcd.CompactionRequest;
import dev.imaged.proto.etcd.DeleteRangeRequest;
import dev.imaged.proto.etcd.KVGrpc;
import dev.imaged.proto.etcd.PutRequest;
import dev.imaged.proto.etcd.RangeRequest;
import dev.imaged.proto.etcd.TxnRequest;
import dev.imaged.server.StoreFolder;
import dev.imaged.server.store.TestStores;
import dev.imaged.server.store.kv.MemoryDatabase;
import dev.imaged.server.xodus.Engines;
import dev.imaged.server.xodus.InterceptedWriter;
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
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import jetbrains.exodus.ExodusException;
import jetbrains.exodus.io.DataWriter;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What becomes of the view of a running daemon when etcd cannot bring it further, or has what no daemon wrote. */
class EtcdViewsIT {
    private static final Descriptor TARGET = new Descriptor("m", "sha256:" + "a".repeat(64), 1);

    /** etcd sends events in fragments of about this size. */
    private static final int MAX_REQUEST_BYTES = 2 << 20;

    @TempDir
    Path folder;

    @TempDir
    Path backup;

    /** For all tests up to one that sets it back; null when there is none. */
    private static EtcdCluster cluster;

    private static ManagedChannel channel;

    private EtcdConfig config;
    private boolean isSetBack;

    @BeforeEach
    void newStore() throws Exception {
        if (cluster == null) {
            cluster = EtcdCluster.start(1, "--max-request-bytes=" + MAX_REQUEST_BYTES);
            channel = Grpc.newChannelBuilder(
                            "dns:///" + cluster.endpoints().get(0), InsecureChannelCredentials.create())
                    .build();
        }
        config = cluster.newStore();
    }

    @AfterEach
    void stopClusterThatWasSetBack() {
        if (isSetBack) {
            stopCluster();
        }
    }

    @AfterAll
    static void stopCluster() {
        if (cluster != null) {
            channel.shutdownNow();
            cluster.close();
            cluster = null;
        }
    }

    private static KVGrpc.KVBlockingStub etcd() {
        return KVGrpc.newBlockingStub(channel).withWaitForReady();
    }

    private EtcdKeys keys() {
        return new EtcdKeys(config.prefix());
    }

    private ByteString key(String namespace, String name) {
        return keys().images().concat(ByteString.copyFromUtf8(namespace + "\0" + name));
    }

    private static Image image(String name) {
        return new Image(name, TARGET);
    }

    private static Image labelled(String name) {
        return new Image(name, Map.of("k", "v"), TARGET);
    }

    private void compact() {
        long newest = etcd().range(
                        RangeRequest.newBuilder().setKey(keys().mark()).build())
                .getHeader()
                .getRevision();
        etcd().compact(CompactionRequest.newBuilder().setRevision(newest).build());
    }

    private List<String> problems() {
        try (var database = Engines.database(folder)) {
            return TestStores.problems(database);
        }
    }

    @Test
    void aDaemonThatWasCutOffUntilEtcdDroppedWhatItMissedReadsAllImagesAgain() throws Exception {
        try (CuttingProxy proxy = new CuttingProxy(cluster.endpoints().get(0));
                ImageStores other = EtcdDaemons.open(config, Clock.systemUTC());
                FollowingDaemon daemon = new FollowingDaemon(
                        new EtcdConfig(List.of(proxy.endpoint()), config.prefix(), null, EtcdConfig.Reads.CURRENT),
                        folder)) {
            daemon.images().create(image("gone"));
            daemon.images().create(image("kept"));
            daemon.awaitHealth(true);
            try (Follower watch = new Follower(daemon.stores(), WatchOptions.namespace("ns"))) {
                watch.event();

                Position seen = first(daemon.stores(), null);
                proxy.cutOff();
                assertThrows(Unavailable.class, () -> daemon.images().get("kept"));
                assertEquals(seen, first(daemon.stores(), seen));
                daemon.awaitHealth(false);
                other.namespace("ns").delete("gone");
                other.namespace("ns").update(labelled("kept"), UpdateMask.all());
                other.namespace("ns").create(image("new"));
                compact();
                proxy.reconnect();
                FollowingDaemon.await(() -> daemon.names().equals(List.of("kept", "new")));

                OutOfRange dropped = assertThrows(OutOfRange.class, () -> watch.eventAfterProgress(event -> false));
                assertEquals("REVISION_DROPPED", dropped.reason());
            }
            daemon.awaitHealth(true);
            assertEquals(List.of(true, false, true), withoutStart(daemon.health()));
            assertEquals(other.namespace("ns").list(), daemon.images().list());
            assertEquals(
                    List.of("kept"),
                    daemon.images().list(List.of("labels.k==v")).stream()
                            .map(Image::name)
                            .toList());
            assertEquals(2, daemon.opened().size());
            assertThrows(Unavailable.class, () -> daemon.opened().get(0).identity());
            daemon.images().delete("new");
            assertEquals(1, other.namespace("ns").list().size());
        }
        assertEquals(List.of(), problems());
    }

    /** A daemon does not serve before it has looked for the first time. */
    private static List<Boolean> withoutStart(List<Boolean> health) {
        return health.subList(health.indexOf(true), health.size());
    }

    @Test
    void runningDaemonsServeNothingOfAnEtcdThatWasSetBackUntilThatHasANewLife() throws Exception {
        isSetBack = true;
        EtcdCluster.Member member = cluster.members().get(0);
        try (FollowingDaemon daemon = new FollowingDaemon(config, folder);
                FollowingDaemon other = new FollowingDaemon(config, () -> new MemoryDatabase(TestStores.CONTENTS))) {
            daemon.images().create(image("a"));
            member.kill();
            copy(member.data(), backup.resolve("data"));
            member.start();
            FollowingDaemon.await(() -> daemon.images().create(image("lost")) != null);
            FollowingDaemon.await(() -> other.names().equals(List.of("a", "lost")));
            daemon.awaitHealth(true);
            other.awaitHealth(true);
            String life = life(daemon.stores());

            member.kill();
            delete(member.data());
            copy(backup.resolve("data"), member.data());
            member.start();
            cluster.awaitAnswer(member);
            for (FollowingDaemon one : List.of(daemon, other)) {
                FollowingDaemon.await(() -> {
                    Unavailable behind =
                            assertThrows(Unavailable.class, () -> one.images().get("a"));
                    return behind.getMessage().startsWith("etcd is older than this daemon");
                });
                one.awaitHealth(false);
            }

            etcd().deleteRange(DeleteRangeRequest.newBuilder()
                    .setKey(keys().life())
                    .build());
            for (FollowingDaemon one : List.of(daemon, other)) {
                FollowingDaemon.await(() -> one.names().equals(List.of("a")));
                one.awaitHealth(true);
                assertNotEquals(life, life(one.stores()));
            }
            assertEquals(life(daemon.stores()), life(other.stores()));
            daemon.images().create(image("b"));
            assertEquals(daemon.images().list(), other.images().list());
        }
        assertEquals(List.of(), problems());
    }

    @Test
    void anEtcdThatWasSetBackAndHasGoneOnIsNotTakenForANewerOne() throws Exception {
        isSetBack = true;
        EtcdCluster.Member member = cluster.members().get(0);
        try (FollowingDaemon daemon = new FollowingDaemon(config, folder)) {
            daemon.images().create(image("a"));
        }
        member.kill();
        copy(member.data(), backup.resolve("data"));
        member.start();
        cluster.awaitAnswer(member);
        try (FollowingDaemon daemon = new FollowingDaemon(config, folder)) {
            daemon.images().create(image("lost"));
        }
        member.kill();
        delete(member.data());
        copy(backup.resolve("data"), member.data());
        member.start();
        cluster.awaitAnswer(member);
        try (ImageStores other = EtcdDaemons.open(config, Clock.systemUTC())) {
            other.namespace("ns").create(image("b"));
            other.namespace("ns").create(image("c"));
        }

        FailedPrecondition refused =
                assertThrows(FailedPrecondition.class, () -> new FollowingDaemon(config, folder).close());
        assertTrue(refused.getMessage().startsWith("etcd is not what this daemon has followed"), refused.getMessage());

        etcd().deleteRange(DeleteRangeRequest.newBuilder().setKey(keys().life()).build());
        try (FollowingDaemon daemon = new FollowingDaemon(config, folder)) {
            assertEquals(List.of("a", "b", "c"), daemon.names());
        }
    }

    private static String life(ImageStores stores) {
        return first(stores, null).store();
    }

    /** Reads a page, and returns its position. */
    private static Position first(ImageStores stores, @Nullable Position notBefore) {
        ListOptions options = notBefore == null ? ListOptions.DEFAULT : ListOptions.DEFAULT.notBefore(notBefore);
        return stores.pages("ns").orElseThrow().page(PageOptions.first(options)).position();
    }

    @Test
    void aRunningDaemonTakesOverANewLife() throws Exception {
        try (FollowingDaemon daemon = new FollowingDaemon(config, folder)) {
            daemon.images().create(image("a"));
            String life = life(daemon.stores());

            etcd().deleteRange(DeleteRangeRequest.newBuilder()
                    .setKey(keys().life())
                    .build());

            FollowingDaemon.await(() -> !life(daemon.stores()).equals(life));
            assertEquals(List.of("a"), daemon.names());
            daemon.images().create(image("b"));
        }
    }

    @Test
    void whatIsNotAnImageIsLeftOutAndStopsNoDaemon() throws Exception {
        try (FollowingDaemon daemon = new FollowingDaemon(config, folder)) {
            daemon.images().create(image("a"));
            daemon.images().create(image("b"));
            ByteString junk = ByteString.copyFromUtf8("not an image");
            put(key("ns", "a"), junk);
            put(key("ns", "another"), ImageProtos.toProto(image("b")).toByteString());
            put(keys().images().concat(ByteString.copyFromUtf8("no namespace")), junk);
            put(keys().prefix().concat(ByteString.copyFromUtf8("foreign")), junk);
            put(keys().mark(), junk);

            FollowingDaemon.await(() -> daemon.names().equals(List.of("b")));
            daemon.images().create(image("c"));
            assertEquals(List.of("b", "c"), daemon.names());
            assertEquals(1, daemon.opened().size());
            assertEquals(3, daemon.following().unreadableKeys());
            try (ImageStores filled = EtcdDaemons.open(config, Clock.systemUTC())) {
                assertEquals(daemon.images().list(), filled.namespace("ns").list());
            }

            etcd().deleteRange(DeleteRangeRequest.newBuilder()
                    .setKey(key("ns", "a"))
                    .build());
            FollowingDaemon.await(() -> daemon.images().create(image("a")) != null);
            assertEquals(List.of("a", "b", "c"), daemon.names());
        }
        assertEquals(List.of(), problems());
    }

    private void awaitUnreadable(FollowingDaemon daemon, long count) {
        FollowingDaemon.await(() -> daemon.following().unreadableKeys() == count);
    }

    @Test
    void whatIsLeftOutIsKnownAfterARestart() throws Exception {
        ByteString junk = ByteString.copyFromUtf8("not an image");
        ByteString foreign = keys().images().concat(ByteString.copyFromUtf8("no namespace"));
        try (FollowingDaemon daemon = new FollowingDaemon(config, folder)) {
            daemon.images().create(image("a"));
            put(key("ns", "a"), junk);
            put(key("ns", "b"), junk);
            put(foreign, junk);
            awaitUnreadable(daemon, 3);
        }

        try (FollowingDaemon daemon = new FollowingDaemon(config, folder)) {
            assertEquals(3, daemon.following().unreadableKeys());
            assertEquals(List.of(), daemon.names());
            put(key("ns", "b"), ImageProtos.toProto(image("b")).toByteString());
            etcd().deleteRange(DeleteRangeRequest.newBuilder().setKey(foreign).build());
            awaitUnreadable(daemon, 1);
            FollowingDaemon.await(() -> daemon.names().equals(List.of("b")));
        }

        try (FollowingDaemon daemon = new FollowingDaemon(config, folder)) {
            assertEquals(1, daemon.following().unreadableKeys());
        }
        assertEquals(List.of(), problems());
    }

    @Test
    void whatAFillLeavesOutIsKnownAfterARestart() throws Exception {
        put(key("ns", "a"), ByteString.copyFromUtf8("not an image"));
        new FollowingDaemon(config, folder).close();

        try (FollowingDaemon daemon = new FollowingDaemon(config, folder)) {
            assertEquals(1, daemon.following().unreadableKeys());
            put(key("ns", "a"), ImageProtos.toProto(image("a")).toByteString());
            FollowingDaemon.await(() -> daemon.names().equals(List.of("a")));
        }

        try (FollowingDaemon daemon = new FollowingDaemon(config, folder)) {
            assertEquals(0, daemon.following().unreadableKeys());
        }
    }

    /** A commit comes in several fragments then, and a fragment ends in the midst of a commit. */
    @Test
    void aDaemonThatWasCutOffCatchesUpWithMuchMoreThanItHoldsInMemoryAtOnce() throws Exception {
        int commits = 15;
        Descriptor large = TARGET.withAnnotations(Map.of("k", "v".repeat(900 << 10)));
        try (CuttingProxy proxy = new CuttingProxy(cluster.endpoints().get(0));
                FollowingDaemon daemon = new FollowingDaemon(
                        new EtcdConfig(List.of(proxy.endpoint()), config.prefix(), null, EtcdConfig.Reads.CURRENT),
                        folder)) {
            daemon.images().create(image("first"));
            proxy.cutOff();
            for (int i = 10; i < 10 + commits; i++) {
                TxnRequest.Builder commit = TxnRequest.newBuilder();
                for (String name : List.of("a" + i, "b" + i)) {
                    ByteString image =
                            ImageProtos.toProto(new Image(name, large)).toByteString();
                    commit.addSuccess(CommitRequest.put(key("ns", name), image, 0));
                }
                commit.addSuccess(CommitRequest.put(keys().mark(), ByteString.EMPTY, 0));
                etcd().txn(commit.build());
            }
            proxy.reconnect();

            FollowingDaemon.await(() -> changes(daemon, "b" + (9 + commits)) == 1);
            assertEquals(2 * commits + 1, daemon.engine().maintenance().stats().images());
            assertEquals(large, daemon.images().get("a10").target());
            assertEquals(1, daemon.opened().size());
        }
        assertEquals(List.of(), problems());
    }

    private void put(ByteString key, ByteString value) {
        etcd().put(PutRequest.newBuilder().setKey(key).setValue(value).build());
    }

    @Test
    void aDaemonGoesOnWhenSomebodyDeletesTheImagesOfAllNamespacesAtOnce() throws Exception {
        try (FollowingDaemon daemon = new FollowingDaemon(config, folder)) {
            daemon.images().create(image("a"));
            daemon.stores().namespace("other").create(image("a"));

            etcd().deleteRange(DeleteRangeRequest.newBuilder()
                    .setKey(keys().images())
                    .setRangeEnd(EtcdKeys.end(keys().images()))
                    .build());

            FollowingDaemon.await(() -> daemon.names().isEmpty());
            assertTrue(daemon.stores().namespace("other").list().isEmpty());
            daemon.images().create(image("b"));
            assertEquals(List.of("b"), daemon.names());
        }
        try (FollowingDaemon again = new FollowingDaemon(config, folder)) {
            assertEquals(List.of("b"), again.names());
        }
    }

    @Test
    void aDaemonGoesOnFromTheBackupOfAnotherAndReadsAllImagesIfThatIsOfAnEarlierLife() throws Exception {
        try (FollowingDaemon daemon = new FollowingDaemon(config, folder)) {
            daemon.images().create(image("a"));
            daemon.images().update(labelled("a"), UpdateMask.all());
            backUp(daemon, backup.resolve("one"));
            backUp(daemon, backup.resolve("two"));
            daemon.images().create(image("b"));

            try (FollowingDaemon restored = new FollowingDaemon(config, backup.resolve("one"))) {
                assertEquals(daemon.images().list(), restored.images().list());
                assertEquals(2, changes(restored, "a"));
            }
            etcd().deleteRange(DeleteRangeRequest.newBuilder()
                    .setKey(keys().life())
                    .build());
            try (FollowingDaemon restored = new FollowingDaemon(config, backup.resolve("two"))) {
                assertEquals(List.of("a", "b"), restored.names());
                assertEquals(0, changes(restored, "a"));
            }
        }
    }

    private static void backUp(FollowingDaemon daemon, Path to) throws IOException {
        try (BackupSink sink = StoreFolder.restore(to)) {
            daemon.engine().maintenance().backup(sink);
            sink.finish();
        }
        StoreFolder.beginNewLife(to);
    }

    private static int changes(FollowingDaemon daemon, String name) {
        return daemon.stores()
                .history("ns")
                .orElseThrow()
                .changes(name)
                .changes()
                .size();
    }

    @Test
    void aDaemonWhoseDiskFailsDoesNotServeAndSaysWhyAndThenGoesOn() throws Exception {
        AtomicBoolean fails = new AtomicBoolean();
        UnaryOperator<DataWriter> layer = files -> InterceptedWriter.of(files, (method, arguments, call) -> {
            if (fails.get() && method.equals("write")) {
                throw new ExodusException(new IOException("Input/output error"));
            }
            return call.run();
        });
        try (ImageStores other = EtcdDaemons.open(config, Clock.systemUTC());
                FollowingDaemon daemon = new FollowingDaemon(config, () -> Engines.database(folder, 8 * 1024, layer))) {
            daemon.awaitHealth(true);
            fails.set(true);
            other.namespace("ns").create(image("a"));

            daemon.awaitHealth(false);
            FollowingDaemon.await(() -> {
                Unavailable behind =
                        assertThrows(Unavailable.class, () -> daemon.images().get("a"));
                return "VIEW_BEHIND".equals(behind.reason())
                        && behind.getMessage().contains("Input/output error");
            });
            assertTrue(
                    daemon.following().revisionsBehind() > 0, daemon.following().toString());
            assertTrue(
                    daemon.following().behind().toSeconds() > 0,
                    daemon.following().toString());

            fails.set(false);
            FollowingDaemon.await(() -> daemon.names().equals(List.of("a")));
            daemon.awaitHealth(true);
            assertEquals(0, daemon.following().revisionsBehind());
            assertEquals(1, daemon.opened().size());
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
}
