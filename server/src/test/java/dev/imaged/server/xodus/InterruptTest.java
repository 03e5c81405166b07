package dev.imaged.server.xodus;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.imaged.errors.ImageException.Cancelled;
import dev.imaged.images.Image;
import dev.imaged.images.ImageStore;
import dev.imaged.images.ImageStores;
import dev.imaged.images.TestClock;
import dev.imaged.oci.Descriptor;
import dev.imaged.remote.RemoteImageStores;
import dev.imaged.server.engine.DecodedImageStores;
import dev.imaged.server.grpc.ImagesService;
import dev.imaged.server.store.StoreEngine;
import dev.imaged.server.store.TestStores;
import io.grpc.InsecureServerCredentials;
import io.grpc.Server;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import java.io.RandomAccessFile;
import java.lang.reflect.Field;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import jetbrains.exodus.io.DataWriter;
import jetbrains.exodus.io.FileDataWriter;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/**
 * Interrupts of all threads that a server has, in the midst of writes: no write is answered without its sync, the database
 * goes on, and nothing that was acknowledged is missing.
 */
class InterruptTest {
    private static final int WRITES = 500;

    private static final String CALLER = "caller";
    private static final List<String> KINDS = List.of("committer", "list", CALLER, "grpc-default-worker");

    /** How many interrupts each kind of threads has to meet at least. */
    private static final int SHOTS = 50;

    private static final int SHOTS_FOR_ONE_AT_A_CALLER = 20;
    private static final int REMOTE_CALLERS = 4;
    private static final int CALLERS_IN_PROCESS = 4;

    /** So that files end often, too: opening and closing them must not be disturbed either. */
    private static final long FILE_KIB = 64;

    /** Those of the engine itself, which nothing of ours can reach. They spin once they are interrupted. */
    private static final Pattern ENGINE_THREAD = Pattern.compile("Exodus|threadJobProcessor");

    private static final long NANOS_BETWEEN_SHOTS = TimeUnit.MICROSECONDS.toNanos(300);

    private static final long SEED = Long.getLong("imaged.interrupts.seed", System.nanoTime());

    @TempDir
    Path folder;

    private final ListAppender<ILoggingEvent> log = new ListAppender<>();
    /** Threads that are none of this test; gRPC may go on with workers of another. */
    private final Set<Thread> before = Thread.getAllStackTraces().keySet().stream()
            .filter(thread -> !thread.getName().startsWith("grpc-"))
            .collect(Collectors.toSet());

    private final AtomicInteger syncs = new AtomicInteger();
    private final AtomicInteger skipped = new AtomicInteger();
    private final List<Boolean> health = new CopyOnWriteArrayList<>();
    private final AtomicBoolean done = new AtomicBoolean();
    private final Set<String> acknowledged = ConcurrentHashMap.newKeySet();
    private final Map<String, Integer> shots = new ConcurrentHashMap<>();
    private final Random random = new Random(SEED);
    private final Logger committerLog = (Logger) LoggerFactory.getLogger("dev.imaged.server.store.write.Committer");
    private final Logger engineLog = (Logger) LoggerFactory.getLogger("dev.imaged.server.xodus");

    @BeforeEach
    void expectWhatTheCommitterSaysOfInterrupts() {
        committerLog.setLevel(Level.ERROR);
        log.list = new CopyOnWriteArrayList<>();
        log.start();
        engineLog.addAppender(log);
    }

    @AfterEach
    void restoreLogs() {
        engineLog.detachAppender(log);
        committerLog.setLevel(null);
    }

    @Test
    @Timeout(value = 5, unit = TimeUnit.MINUTES)
    void noInterruptOfAnyThreadMakesACommitSkipItsSync() throws Exception {
        System.out.println("seed " + SEED);
        XodusDatabase database = Engines.database(folder, FILE_KIB, this::watched);
        StoreEngine engine = TestStores.open(database, new TestClock());
        engine.onServing(health::add);
        AtomicInteger listThreads = new AtomicInteger();
        ExecutorService lists =
                Executors.newFixedThreadPool(2, task -> new Thread(task, "list " + listThreads.incrementAndGet()));
        Server server = NettyServerBuilder.forAddress(
                        new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), InsecureServerCredentials.create())
                .directExecutor()
                .addService(new ImagesService(engine, lists::execute, Duration.ofMinutes(1)).definition())
                .build()
                .start();
        try (ImageStores remote = RemoteImageStores.connect("127.0.0.1:" + server.getPort());
                ImageStores inProcess = new DecodedImageStores(engine)) {
            writeUnderFire(remote.namespace("ns"), inProcess.namespace("ns"));
        } finally {
            server.shutdownNow().awaitTermination();
            lists.shutdown();
        }
        assertEquals(0, skipped.get(), "syncs that were skipped");
        assertEquals(List.of(true), health, "whether it served");
        assertEquals(List.of(), log.list.stream().map(ILoggingEvent::toString).toList());
        assertStored();
    }

    private void writeUnderFire(ImageStore remote, ImageStore inProcess) throws Exception {
        AtomicInteger callerThreads = new AtomicInteger();
        ExecutorService callers =
                Executors.newCachedThreadPool(task -> new Thread(task, CALLER + " " + callerThreads.incrementAndGet()));
        List<Future<?>> ends = new ArrayList<>();
        for (int i = 0; i < REMOTE_CALLERS; i++) {
            String prefix = "remote-" + i + "/";
            ends.add(callers.submit(() -> write(remote, prefix)));
        }
        for (int i = 0; i < CALLERS_IN_PROCESS; i++) {
            String prefix = "in-process-" + i + "/";
            ends.add(callers.submit(() -> write(inProcess, prefix)));
        }
        ends.add(callers.submit(() -> list(remote)));
        callers.shutdown();
        while (!done.get() && !isEnough()) {
            shoot();
            LockSupport.parkNanos(NANOS_BETWEEN_SHOTS);
        }
        done.set(true);
        for (Future<?> end : ends) {
            end.get();
        }
    }

    private boolean isEnough() {
        return acknowledged.size() >= WRITES
                && KINDS.stream()
                        .allMatch(kind -> shots.entrySet().stream()
                                        .filter(shot -> shot.getKey().startsWith(kind))
                                        .mapToInt(Map.Entry::getValue)
                                        .sum()
                                >= SHOTS);
    }

    /** Interrupts one of the threads that are new since the test began; callers seldom, so that calls also end. */
    private void shoot() {
        Thread[] all = new Thread[2 * Thread.activeCount()];
        int count = Thread.currentThread().getThreadGroup().enumerate(all);
        Thread target = all[random.nextInt(count)];
        boolean isCaller = target.getName().startsWith(CALLER);
        if (before.contains(target)
                || ENGINE_THREAD.matcher(target.getName()).lookingAt()
                || (isCaller && random.nextInt(SHOTS_FOR_ONE_AT_A_CALLER) > 0)) {
            return;
        }
        target.interrupt();
        shots.merge(target.getName(), 1, Integer::sum);
    }

    /** Writes names of its own; what an interrupt of the caller cut short may be stored or not. */
    private void write(ImageStore store, String prefix) {
        try {
            for (int number = 0; !done.get(); number++) {
                Thread.interrupted();
                create(store, prefix + number, number);
            }
        } finally {
            done.set(true); // one that failed ends the test, and its future says why
        }
    }

    private void create(ImageStore store, String name, int number) {
        int syncsBefore = syncs.get();
        try {
            store.create(new Image(name, Map.of("n", "x".repeat(200)), new Descriptor("m", digest(number), 1)));
            assertTrue(syncs.get() > syncsBefore, () -> name + " was answered before anything was synced");
            acknowledged.add(name);
        } catch (Cancelled e) {
            // interrupted
        }
    }

    /** Keeps those threads busy that lists without an index run on. */
    private void list(ImageStore store) {
        while (!done.get()) {
            Thread.interrupted();
            try {
                store.list(List.of("name~=\"/1[05]$\""));
            } catch (Cancelled e) {
                // interrupted
            }
        }
    }

    private static String digest(int number) {
        return "sha256:" + "%064x".formatted(number);
    }

    private void assertStored() {
        try (XodusDatabase database = Engines.database(folder, FILE_KIB, files -> files)) {
            assertEquals(List.of(), TestStores.problems(database));
            Set<String> lost = new TreeSet<>(acknowledged);
            lost.removeAll(TestStores.images(database).stream().map(Image::name).toList());
            assertEquals(Set.of(), lost);
        }
    }

    /** Counts syncs; one that an interrupt prevented has closed the file. */
    private DataWriter watched(DataWriter files) {
        return InterceptedWriter.of(files, (method, arguments, call) -> {
            Object result = call.run();
            if (method.equals("sync") && files.isOpen()) {
                (isOpen((FileDataWriter) files) ? syncs : skipped).incrementAndGet();
            }
            return result;
        });
    }

    private static boolean isOpen(FileDataWriter writer) throws ReflectiveOperationException {
        Field file = FileDataWriter.class.getDeclaredField("file");
        file.setAccessible(true);
        return ((RandomAccessFile) file.get(writer)).getChannel().isOpen();
    }
}
