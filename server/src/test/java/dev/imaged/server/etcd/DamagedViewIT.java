package dev.imaged.server.etcd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.imaged.errors.ImageException.DataLoss;
import dev.imaged.errors.ImageException.FailedPrecondition;
import dev.imaged.errors.ImageException.ResourceExhausted;
import dev.imaged.errors.ImageException.Unavailable;
import dev.imaged.images.Image;
import dev.imaged.images.Position;
import dev.imaged.oci.Descriptor;
import dev.imaged.proto.etcd.DeleteRangeRequest;
import dev.imaged.proto.etcd.KVGrpc;
import dev.imaged.server.engine.Cancellation;
import dev.imaged.server.engine.ChangeFeed;
import dev.imaged.server.engine.ImageCatalog.FeedQuery;
import dev.imaged.server.store.TestStores;
import dev.imaged.server.store.kv.Database;
import dev.imaged.server.store.kv.MemoryDatabase;
import dev.imaged.server.xodus.CopyFolder;
import dev.imaged.server.xodus.Engines;
import dev.imaged.server.xodus.InterceptedWriter;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import jetbrains.exodus.OutOfDiskSpaceException;
import jetbrains.exodus.io.DataWriter;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A damaged view is built again from etcd, at the start and while the daemon serves. */
@Timeout(60)
class DamagedViewIT {
    private static final List<String> NAMES =
            IntStream.range(0, 100).mapToObj("n%03d"::formatted).toList();

    @AutoClose
    private static EtcdCluster cluster;

    @TempDir
    Path folder;

    private final AtomicBoolean isOpened = new AtomicBoolean();
    private EtcdConfig config;

    @BeforeAll
    static void startCluster() throws Exception {
        cluster = EtcdCluster.start(1);
    }

    @BeforeEach
    void newStore() {
        config = cluster.newStore();
    }

    private static Image image(String name) {
        return new Image(name, new Descriptor("m", "sha256:" + "a".repeat(64), 1));
    }

    private FollowingDaemon daemon() throws Exception {
        return daemon(config);
    }

    private FollowingDaemon daemon(EtcdConfig of) throws Exception {
        return new FollowingDaemon(of, requireThere -> Engines.copy(folder, requireThere));
    }

    private static void createAll(FollowingDaemon daemon) {
        NAMES.forEach(name -> daemon.images().create(image(name)));
    }

    private List<Path> logFiles() throws Exception {
        try (Stream<Path> files = Files.list(folder.resolve("xodus"))) {
            return files.filter(file -> file.toString().endsWith(".xd"))
                    .sorted()
                    .toList();
        }
    }

    /** Flips a bit at a part of the oldest file, which a daemon may have open. */
    private void flip(double where) throws Exception {
        try (FileChannel file =
                FileChannel.open(logFiles().get(0), StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            long at = (long) (where * (file.size() - 1));
            ByteBuffer one = ByteBuffer.allocate(1);
            file.read(one, at);
            one.put(0, (byte) (one.get(0) ^ 1)).rewind();
            file.write(one, at);
        }
    }

    private void requireSound() {
        try (Database database = Engines.database(folder)) {
            assertEquals(List.of(), TestStores.problems(database));
        }
    }

    @ParameterizedTest
    @ValueSource(doubles = {0, 0.3, 0.7, 1})
    void aDaemonStartsOnADamagedViewWithAllImages(double where) throws Exception {
        try (FollowingDaemon daemon = daemon()) {
            createAll(daemon);
        }
        flip(where);

        try (FollowingDaemon daemon = daemon()) {
            assertEquals(NAMES, daemon.names());
            daemon.images().create(image("z"));
        }
        assertTrue(Files.exists(folder.resolve("imaged.damaged")));
        requireSound();
    }

    @Test
    void aDamagedViewStaysWhereEtcdDoesNotHaveItsStore() throws Exception {
        try (FollowingDaemon daemon = daemon()) {
            createAll(daemon);
        }
        flip(0.3);
        EtcdConfig other = cluster.newStore();

        FailedPrecondition refused = assertThrows(FailedPrecondition.class, () -> daemon(other));

        String why = String.valueOf(refused.getMessage());
        assertTrue(why.contains("etcd does not have store"), why);
        assertTrue(why.contains("imaged salvage"), why);
        assertFalse(Files.exists(folder.resolve("imaged.damaged")));
        try (FollowingDaemon daemon = daemon()) {
            assertEquals(NAMES, daemon.names());
        }
    }

    @Test
    void aSoundViewIsFollowedEvenIfThatCannotBeNoted() throws Exception {
        try (FollowingDaemon daemon = daemon()) {
            createAll(daemon);
        }
        try (FollowingDaemon daemon = new FollowingDaemon(
                config,
                () -> intercepted(Engines.copy(folder), (method, call) -> {
                    if (method.getName().equals("noteCopy")) {
                        throw new Unavailable("the disk is full", null);
                    }
                    return call.call();
                }))) {
            assertEquals(NAMES, daemon.names());
        }
    }

    @Test
    void aViewThatCannotBeNotedAsDamagedIsClosed() throws Exception {
        AtomicReference<DataLoss> damage = new AtomicReference<>();
        AtomicInteger attempts = new AtomicInteger();
        try (FollowingDaemon daemon = new FollowingDaemon(
                config,
                () -> intercepted(damaged(Engines.copy(folder), damage), (method, call) -> {
                    if (method.getName().equals("noteDamage") && attempts.getAndIncrement() == 0) {
                        throw new IllegalStateException("a defect");
                    }
                    return call.call();
                }))) {
            createAll(daemon);
            damage.set(new DataLoss("a page is damaged", null));
            assertThrows(DataLoss.class, () -> daemon.engine().maintenance().namespaces());

            FollowingDaemon.await(() -> daemon.names().equals(NAMES));
        }
        assertEquals(1, attempts.get());
    }

    @Test
    void noViewIsMadeInThePlaceOfAFolderThatIsAway(@TempDir Path parent) throws Exception {
        Path volume = parent.resolve("volume");
        CopyFolder copies = new CopyFolder(volume, TestStores.CONTENTS);
        AtomicInteger attempts = new AtomicInteger();
        try (FollowingDaemon daemon = new FollowingDaemon(config, requireThere -> {
            attempts.incrementAndGet();
            return copies.open(1 << 20, requireThere);
        })) {
            createAll(daemon);
            Files.move(volume, parent.resolve("unmounted"));
            Files.createDirectory(volume);

            ManagedChannel etcd = Grpc.newChannelBuilder(
                            cluster.endpoints().get(0), InsecureChannelCredentials.create())
                    .build();
            KVGrpc.newBlockingStub(etcd)
                    .deleteRange(DeleteRangeRequest.newBuilder()
                            .setKey(new EtcdKeys(config.prefix()).life())
                            .build());
            etcd.shutdownNow();
            FollowingDaemon.await(() -> attempts.get() >= 3);

            try (Stream<Path> made = Files.list(volume)) {
                assertEquals(List.of(), made.toList());
            }
            Files.delete(volume);
            Files.move(parent.resolve("unmounted"), volume);
            FollowingDaemon.await(() -> daemon.names().equals(NAMES));
        }
    }

    @Test
    void theDamagedViewThatIsKeptMakesWayForAFill() throws Exception {
        Path kept = folder.resolve("imaged.damaged");
        Files.createDirectories(kept.resolve("xodus"));
        UnaryOperator<DataWriter> layer = files -> InterceptedWriter.of(files, (method, arguments, call) -> {
            if (isOpened.get() && Files.exists(kept) && method.equals("write")) {
                throw new OutOfDiskSpaceException(new IOException("No space left on device"));
            }
            return call.run();
        });

        try (FollowingDaemon daemon = new FollowingDaemon(config, () -> {
            Database database = Engines.database(folder, 8 * 1024, layer);
            isOpened.set(true);
            return database;
        })) {
            createAll(daemon);
            assertEquals(NAMES, daemon.names());
        }
        assertFalse(Files.exists(kept));
    }

    @Test
    void aDaemonStartsOnAViewWithoutItsFiles() throws Exception {
        try (FollowingDaemon daemon = daemon()) {
            createAll(daemon);
        }
        for (Path file : logFiles()) {
            Files.delete(file);
        }

        try (FollowingDaemon daemon = daemon()) {
            assertEquals(NAMES, daemon.names());
        }
        requireSound();
    }

    @Test
    void aCheckThatFindsDamageHasTheViewBuiltAgain() throws Exception {
        try (FollowingDaemon daemon = daemon()) {
            createAll(daemon);
            daemon.awaitHealth(true);
            flip(0.3);

            assertFalse(daemon.engine().maintenance().check().isSound());

            FollowingDaemon.await(() -> daemon.opened().size() == 2);
            FollowingDaemon.await(() -> daemon.names().equals(NAMES));
            daemon.awaitHealth(true);
            assertTrue(daemon.health().contains(false), daemon.health().toString());
            assertTrue(daemon.engine().maintenance().check().isSound());
        }
        requireSound();
    }

    @Test
    void whatOnlyOneOfTwoChecksFindsIsNoDamage() throws Exception {
        AtomicInteger checks = new AtomicInteger();
        try (FollowingDaemon daemon = new FollowingDaemon(
                config,
                () -> intercepted(Engines.copy(folder), (method, call) -> {
                    if (!method.getName().equals("fileProblems")) {
                        return call.call();
                    }
                    int check = checks.incrementAndGet();
                    return check == 2 ? List.of() : List.of("problem " + check);
                }))) {
            View view = daemon.engine().requireView();

            assertTrue(view.check().isSound());
            assertEquals(List.of("problem 4"), view.check().problems());
            daemon.images().create(image("a"));
            assertSame(view, daemon.engine().requireView());
        }
    }

    @Test
    void whatIsFoundDuringAWriteThatFailsIsNoDamage() throws Exception {
        AtomicBoolean hasFailed = new AtomicBoolean(true);
        try (FollowingDaemon daemon = new FollowingDaemon(
                config,
                () -> intercepted(Engines.copy(folder), (method, call) -> switch (method.getName()) {
                    case "fileProblems" -> List.of("a page is damaged");
                    case "hasFailed" -> hasFailed.get();
                    default -> call.call();
                }))) {
            View view = daemon.engine().requireView();

            assertFalse(view.check().isSound());
            assertSame(view, daemon.engine().requireView());
            hasFailed.set(false);
            assertFalse(view.check().isSound());
            FollowingDaemon.await(() -> daemon.opened().size() == 2);
        }
    }

    @Test
    void aReadThatMeetsDamageHasTheViewBuiltAgain() throws Exception {
        AtomicReference<DataLoss> damage = new AtomicReference<>();
        try (FollowingDaemon daemon = new FollowingDaemon(config, () -> damaged(Engines.copy(folder), damage))) {
            createAll(daemon);
            daemon.awaitHealth(true);
            damage.set(new DataLoss("a page is damaged", null));

            assertThrows(DataLoss.class, () -> daemon.engine().maintenance().namespaces());

            FollowingDaemon.await(() -> daemon.names().equals(NAMES));
            daemon.awaitHealth(true);
            assertTrue(daemon.health().contains(false), daemon.health().toString());
            assertEquals(2, daemon.opened().size());
        }
        assertTrue(Files.exists(folder.resolve("imaged.damaged")));
        requireSound();
    }

    @Test
    void aWatchOfADamagedViewGoesOnAtAnotherDaemon() throws Exception {
        AtomicReference<DataLoss> damage = new AtomicReference<>();
        try (FollowingDaemon daemon = new FollowingDaemon(config, () -> damaged(Engines.copy(folder), damage));
                FollowingDaemon other = new FollowingDaemon(config, () -> new MemoryDatabase(TestStores.CONTENTS))) {
            daemon.images().create(image("a"));
            Position position = daemon.engine().catalog().newest(null);
            ChangeFeed feed = follow(daemon, position);
            damage.set(new DataLoss("a page is damaged", null));
            assertThrows(DataLoss.class, () -> daemon.engine().maintenance().namespaces());
            FollowingDaemon.await(() -> daemon.opened().size() == 2);

            Unavailable ended = assertThrows(Unavailable.class, () -> feed.next(1 << 20, Cancellation.NONE));

            assertEquals("RECONNECT", ended.reason());
            other.images().create(image("b"));
            assertEquals(
                    1,
                    follow(other, position)
                            .next(1 << 20, Cancellation.NONE)
                            .changes()
                            .size());
        }
    }

    private static ChangeFeed follow(FollowingDaemon daemon, Position after) {
        return daemon.engine().catalog().follow(new FeedQuery(null, List.of(), true), after, () -> {});
    }

    @Test
    void aViewThatIsReplacedWhileTheDaemonStopsIsClosedOnceAndNobodyWaitsForThat() throws Exception {
        CountDownLatch isClosing = new CountDownLatch(1);
        CompletableFuture<String> mayClose = new CompletableFuture<>();
        AtomicInteger closed = new AtomicInteger();
        FollowingDaemon daemon = new FollowingDaemon(config, () -> {
            return intercepted(Engines.copy(folder), (method, call) -> {
                if (method.getName().equals("fileProblems")) {
                    return List.of("a page is damaged");
                }
                if (method.getName().equals("close")) {
                    isClosing.countDown();
                    mayClose.join();
                    closed.incrementAndGet();
                }
                return call.call();
            });
        });
        Database view = daemon.opened().get(0);
        createAll(daemon);
        View following = daemon.engine().requireView();
        CompletableFuture<Void> closing = CompletableFuture.runAsync(daemon::close);
        isClosing.await();

        CompletableFuture.runAsync(() -> assertFalse(following.check().isSound()))
                .get(30, TimeUnit.SECONDS); // it waits for nothing

        mayClose.complete("");
        closing.join();
        assertEquals(1, closed.get());
        assertEquals(List.of(view), daemon.opened());
    }

    @Test
    void aFillThatHasNoRoomSaysSo() throws Exception {
        AtomicBoolean isFull = new AtomicBoolean();
        UnaryOperator<DataWriter> layer = files -> InterceptedWriter.of(files, (method, arguments, call) -> {
            if (isFull.get() && method.equals("write")) {
                throw new OutOfDiskSpaceException(new IOException("No space left on device"));
            }
            return call.run();
        });

        ResourceExhausted refused = assertThrows(
                ResourceExhausted.class,
                () -> new FollowingDaemon(config, () -> {
                    Database database = Engines.database(folder, 8 * 1024, layer);
                    isFull.set(true);
                    return database;
                }));

        assertEquals("the write is not stored: the disk is full: No space left on device", refused.getMessage());
    }

    /** Returns a database that cannot be read once it is damaged, which those after it are not. */
    private static Database damaged(Database database, AtomicReference<DataLoss> damage) {
        DataLoss before = damage.get();
        return intercepted(database, (method, call) -> {
            if (method.getName().equals("read") && damage.get() != before) {
                throw damage.get();
            }
            return call.call();
        });
    }

    private interface Interceptor {
        Object call(Method method, Callable<Object> call) throws Exception;
    }

    private static Database intercepted(Database database, Interceptor interceptor) {
        return (Database) Proxy.newProxyInstance(
                Database.class.getClassLoader(),
                new Class<?>[] {Database.class},
                (self, method, arguments) -> interceptor.call(method, () -> {
                    try {
                        return method.invoke(database, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause() instanceof Exception known ? known : e;
                    }
                }));
    }
}
