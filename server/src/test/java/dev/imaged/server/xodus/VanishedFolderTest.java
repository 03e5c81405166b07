package dev.imaged.server.xodus;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import dev.imaged.errors.ImageException.DataLoss;
import dev.imaged.errors.ImageException.Unavailable;
import dev.imaged.images.Image;
import dev.imaged.images.ImageStore;
import dev.imaged.images.ImageStores;
import dev.imaged.images.TestClock;
import dev.imaged.server.Mounts;
import dev.imaged.server.engine.DecodedImageStores;
import dev.imaged.server.store.StoreEngine;
import dev.imaged.server.store.TestStores;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/**
 * When the data folder, or a file in it, goes while the store serves, nothing is made in its place: the store does not serve, says
 * what is gone, and serves again by itself when it is back.
 */
@Timeout(30)
class VanishedFolderTest {
    private static final int FIRST_WRITES = 150;

    /** More than any store may acknowledge into a folder that is gone: they would fill dozens of files. */
    private static final int TOO_MANY_WRITES = 2000;

    @TempDir
    Path temp;

    private final BlockingQueue<Boolean> health = new LinkedBlockingQueue<>();
    private final NavigableMap<String, Image> acknowledged = new TreeMap<>();
    private final LoggedMessages logged = new LoggedMessages();
    private Path data;
    private Path away;
    private ImageStores stores;
    private ImageStore store;
    private int writes;

    /** What happens to files. */
    private interface Change {
        void run() throws IOException;
    }

    /** What was logged and not looked at yet. */
    private static final class LoggedMessages extends AppenderBase<ILoggingEvent> {
        private final BlockingQueue<String> messages = new LinkedBlockingQueue<>();

        @Override
        protected void append(ILoggingEvent event) {
            messages.add(event.getFormattedMessage());
        }

        void await(String text) throws InterruptedException {
            while (!messages.take().contains(text)) {
                // until it is said
            }
        }
    }

    @BeforeEach
    void fill() throws InterruptedException {
        logged.start();
        logger().addAppender(logged);
        data = temp.resolve("data");
        away = temp.resolve("away");
        open();
        for (int i = 0; i < FIRST_WRITES; i++) {
            write();
        }
    }

    private void open() throws InterruptedException {
        XodusDatabase database = MadeStore.open(data);
        StoreEngine engine = TestStores.open(database, new TestClock());
        health.clear();
        engine.onServing(health::add);
        assertTrue(health.take());
        stores = new DecodedImageStores(engine);
        store = stores.namespace(MadeStore.NAMESPACE);
    }

    @AfterEach
    void close() {
        stores.close();
        logger().detachAppender(logged);
    }

    private static Logger logger() {
        return (Logger) LoggerFactory.getLogger("dev.imaged.server");
    }

    /** Writes a new name, and keeps what was acknowledged. */
    private void write() {
        writes++;
        Image stored = store.create(Engines.image(writes, Integer.MAX_VALUE));
        acknowledged.put(stored.name(), stored);
    }

    @Test
    void aDataFolderThatIsMovedIsNotMadeAnewAndIsServedOnceItIsBack() throws Exception {
        isNotServedUntilBack(
                data,
                () -> Files.move(data, away),
                () -> assertFalse(Files.exists(data)),
                () -> Files.move(away, data));
    }

    @Test
    void aFolderOfTheDatabaseThatIsMovedIsNotMadeAnewAndIsServedOnceItIsBack() throws Exception {
        Path database = data.resolve("xodus");
        isNotServedUntilBack(
                database,
                () -> Files.move(database, away),
                () -> assertFalse(Files.exists(database)),
                () -> Files.move(away, database));
    }

    @Test
    void anEmptyFolderInPlaceOfTheDataFolderStaysEmpty() throws Exception {
        isNotServedUntilBack(
                data,
                () -> {
                    Files.move(data, away);
                    Files.createDirectory(data);
                },
                () -> assertEquals(List.of(), list(data)),
                () -> {
                    Files.delete(data);
                    Files.move(away, data);
                });
    }

    @Test
    void allFilesOfTheDatabaseThatAreMovedAreNotMadeAnew() throws Exception {
        Path database = data.resolve("xodus");
        isNotServedUntilBack(
                database,
                () -> {
                    Files.createDirectory(away);
                    moveAll(database, away);
                },
                () -> assertEquals(List.of(), withoutLock(database)),
                () -> moveAll(away, database));
    }

    @Test
    void aNewestFileThatIsMovedIsNotMadeAnew() throws Exception {
        Path newest = logFiles().get(logFiles().size() - 1);
        isNotServedUntilBack(
                newest.getFileName(),
                () -> Files.move(newest, away),
                () -> assertFalse(Files.exists(newest)),
                () -> Files.move(away, newest));
    }

    @Test
    void aFileSystemThatIsUnmountedIsNotServedUntilItIsMountedAgain() throws Exception {
        Mounts.require();
        stores.close();
        Path volume = Files.createDirectory(temp.resolve("volume"));
        Path mounted = Files.createDirectory(temp.resolve("mounted"));
        try (Mounts mounts = new Mounts()) {
            mounts.tmpfs(volume);
            mounts.bind(volume, mounted);
            Path onDisk = data;
            data = mounted.resolve("data");
            SavedFolder.of(onDisk).writeTo(data);
            open();
            isNotServedUntilBack(
                    data,
                    () -> mounts.unmount(mounted),
                    () -> assertEquals(List.of(), list(mounted)),
                    () -> mounts.bind(volume, mounted));
            stores.close();
        }
    }

    @Test
    void anotherStoreInPlaceOfTheDataFolderIsNeitherServedNorChanged() throws Exception {
        MadeStore other = MadeStore.make(MadeStore.Shape.SINGLE_WRITES, temp.resolve("other"), 3);
        isNotServedUntilBack(
                data,
                () -> {
                    Files.move(data, away);
                    other.newest().writeTo(data);
                },
                () -> assertEquals(new TreeSet<>(), changes(other.newest())),
                () -> {
                    SavedFolder.delete(data);
                    Files.move(away, data);
                });
    }

    private SortedSet<String> changes(SavedFolder before) throws IOException {
        SortedSet<String> changed = before.differences(SavedFolder.of(data));
        changed.remove(SavedFolder.LOCK);
        return changed;
    }

    @Test
    void oldFilesThatAreMovedAreNamedByWhatNeedsThemUntilTheyAreBack() throws Exception {
        stores.close();
        open(); // with nothing in memory
        Files.createDirectory(away);
        List<String> lost = new ArrayList<>();
        for (Path file : logFiles().subList(0, logFiles().size() - 1)) {
            lost.add(file.getFileName().toString());
            Files.move(file, away.resolve(file.getFileName()));
        }
        for (Image image : acknowledged.values()) {
            try {
                assertEquals(image, store.get(image.name()));
            } catch (DataLoss e) {
                assertTrue(lost.stream().anyMatch(e.getMessage()::contains), e.getMessage());
            } catch (Unavailable e) {
                assertFalse(health.isEmpty(), e.getMessage());
            }
        }

        moveAll(away, data.resolve("xodus"));
        while (!isAllRead()) {
            Thread.onSpinWait();
        }
        isAllThere();
    }

    private boolean isAllRead() {
        try {
            return store.list().size() >= acknowledged.size();
        } catch (DataLoss | Unavailable e) {
            return false;
        }
    }

    /**
     * @param gone what the log has to name
     * @param nothingIsMade what has to hold while it is gone
     */
    private void isNotServedUntilBack(Path gone, Change vanish, Change nothingIsMade, Change back) throws Exception {
        vanish.run();
        writeUntilUnavailable();
        assertFalse(health.take());
        logged.await(gone.toString());
        for (int i = 0; i < 3; i++) {
            Unavailable error = assertThrows(Unavailable.class, this::write);
            assertEquals("NOT_SERVING", error.reason(), error::toString);
        }
        verifyReads();
        nothingIsMade.run();

        back.run();
        while (!health.take()) {
            // until it serves again
        }
        isAllThere();
        write();
        stores.close();
        open();
        isAllThere();
    }

    private void writeUntilUnavailable() {
        int last = writes + TOO_MANY_WRITES;
        try {
            while (writes < last) {
                write();
            }
        } catch (Unavailable e) {
            return;
        }
        fail(TOO_MANY_WRITES + " writes were acknowledged");
    }

    /** What is read is right, or not read. */
    private void verifyReads() {
        for (Image image : acknowledged.values()) {
            try {
                assertEquals(image, store.get(image.name()));
            } catch (Unavailable e) {
                // as all may be
            }
        }
        try {
            assertTrue(store.list().containsAll(acknowledged.values()));
        } catch (Unavailable e) {
            // as all may be
        }
    }

    /** A write without an acknowledgement may be there or not. */
    private void isAllThere() {
        List<Image> found = store.list();
        assertEquals(
                List.copyOf(acknowledged.values()),
                found.stream()
                        .filter(image -> acknowledged.containsKey(image.name()))
                        .toList());
        for (Image image : acknowledged.values()) {
            assertEquals(image, store.get(image.name()));
        }
        List<Integer> others = found.stream()
                .filter(image -> !acknowledged.containsKey(image.name()))
                .map(image -> Integer.parseInt(image.name().substring(1)))
                .toList();
        assertTrue(others.stream().allMatch(number -> number > 0 && number <= writes), others::toString);
    }

    private List<Path> logFiles() throws IOException {
        return list(data.resolve("xodus")).stream()
                .filter(file -> file.toString().endsWith(".xd"))
                .sorted()
                .toList();
    }

    private static List<Path> list(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.toList();
        }
    }

    private static List<Path> withoutLock(Path database) throws IOException {
        return list(database).stream().filter(file -> !file.endsWith("xd.lck")).toList();
    }

    private static void moveAll(Path from, Path to) throws IOException {
        for (Path file : list(from)) {
            Files.move(file, to.resolve(file.getFileName()), StandardCopyOption.REPLACE_EXISTING);
        }
    }
}
