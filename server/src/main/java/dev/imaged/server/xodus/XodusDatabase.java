package dev.imaged.server.xodus;

import com.google.protobuf.ByteString;
import dev.imaged.errors.ImageException;
import dev.imaged.errors.ImageException.Unavailable;
import dev.imaged.server.engine.BackupSink;
import dev.imaged.server.xodus.log.LogFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import jetbrains.exodus.env.EnvironmentImpl;
import jetbrains.exodus.env.Transaction;
import jetbrains.exodus.io.DataWriter;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An open database. Reads may run on any thread; writes are for the {@link Committer} alone, which also has the database
 * recover when a write failed. Reads go on meanwhile.
 */
final class XodusDatabase implements AutoCloseable {
    private static final Logger logger = LoggerFactory.getLogger(XodusDatabase.class);

    /** The eighths of the cache that are for lists and for single images; the rest is for the log's pages. */
    private static final int LIST_EIGHTHS = 3;

    private static final int RECORD_EIGHTHS = 1;

    /** Reads that meet a commit which fails are tried again: while the engine rolls it back, it cannot read its newest page. */
    private static final int READ_ATTEMPTS = 5;

    private final LockedFolder folder;
    private final long fileKib;
    private final UnaryOperator<DataWriter> layer;
    private final long pageCacheBytes;
    private final ListCache lists;
    private final RecordCache records;
    private volatile @Nullable OpenDatabase opened;

    /** What tells the log from those of other stores, once it was opened. */
    private @Nullable UUID log;

    /** Why nothing is served though the database is open: its folder is not where it was. */
    private volatile @Nullable Unavailable gone;

    private XodusDatabase(LockedFolder folder, long cacheBytes, long fileKib, UnaryOperator<DataWriter> layer) {
        this.folder = folder;
        this.fileKib = fileKib;
        this.layer = layer;
        long eighth = cacheBytes / 8;
        this.lists = new ListCache(LIST_EIGHTHS * eighth);
        this.records = new RecordCache(RECORD_EIGHTHS * eighth);
        this.pageCacheBytes = cacheBytes - (LIST_EIGHTHS + RECORD_EIGHTHS) * eighth;
    }

    /**
     * Opens the database in a data folder, a new one if the folder is empty.
     *
     * @param cacheBytes how much of the heap the caches may take
     * @throws ImageException.FailedPrecondition when the folder cannot be used, is not ours, is in use or of another
     *     schema, or when an interrupt could keep a commit from the disk
     */
    static XodusDatabase open(Path folder, long cacheBytes) {
        return open(folder, cacheBytes, OpenDatabase.LOG_FILE_KIB, UnaryOperator.identity());
    }

    /** As {@link #open(Path, long)}, with files of another size and something between the engine and them. */
    static XodusDatabase open(Path folder, long cacheBytes, long fileKib, UnaryOperator<DataWriter> layer) {
        return opened(
                new XodusDatabase(DatabaseFolder.prepare(folder), cacheBytes, fileKib, layer), XodusDatabase::open);
    }

    /**
     * Opens the database in an existing data folder to read it; nothing in the folder changes.
     *
     * @throws ImageException.FailedPrecondition when there is none, it is in use or damaged
     */
    static XodusDatabase openReadOnly(Path folder, long cacheBytes) {
        XodusDatabase database = new XodusDatabase(
                DatabaseFolder.prepareToRead(folder), cacheBytes, OpenDatabase.LOG_FILE_KIB, UnaryOperator.identity());
        return opened(
                database,
                opening -> opening.opened = OpenDatabase.openReadOnly(folder, opening.pageCacheBytes, opening.fileKib));
    }

    private static XodusDatabase opened(XodusDatabase database, Consumer<XodusDatabase> opening) {
        try {
            opening.accept(database);
            return database;
        } catch (RuntimeException e) {
            database.folder.close();
            throw e;
        }
    }

    private void open() {
        opened = OpenDatabase.open(folder.folder(), pageCacheBytes, fileKib, layer);
        log = readLog();
    }

    /** Reads from one snapshot. */
    interface Reader<T extends @Nullable Object> {
        T read(XodusSchema schema, Transaction transaction);
    }

    /**
     * Runs a read on a snapshot of what is committed. It should be short: a snapshot keeps old files from being
     * cleaned. It may run more than once.
     *
     * @throws ImageException.Unavailable when the database is closed or does not work
     * @throws ImageException.DataLoss when what it needs is missing or damaged
     */
    <T extends @Nullable Object> T read(Reader<T> reader) {
        for (int attempt = 1; ; attempt++) {
            OpenDatabase current = requireOpen();
            long failures = current.files().failures();
            boolean isFailing = current.files().hasFailed();
            try {
                return readOnce(current, reader);
            } catch (ImageException.DataLoss e) {
                boolean isOfEngine = e.getCause() != null;
                boolean meetsFailure = isFailing || current.files().failures() != failures;
                if (!isOfEngine || !meetsFailure || attempt == READ_ATTEMPTS) {
                    throw e;
                }
                current.awaitRollback();
            }
        }
    }

    /** Runs a read that cannot run more than once, because its caller takes what it reads. As {@link #read} otherwise. */
    <T extends @Nullable Object> T readOnce(Reader<T> reader) {
        return readOnce(requireOpen(), reader);
    }

    private <T extends @Nullable Object> T readOnce(OpenDatabase current, Reader<T> reader) {
        try {
            Transaction transaction = current.environment().beginReadonlyTransaction();
            try {
                return reader.read(current.schema(), transaction);
            } finally {
                transaction.abort();
            }
        } catch (ImageException e) {
            throw e;
        } catch (RuntimeException e) {
            if (!current.isOperative()) {
                throw DiskErrors.unavailable(e);
            }
            throw DiskErrors.isOfEngine(e) ? unreadable(e) : e;
        }
    }

    /** Pages that are there as they were written, or have no checksums, may still make no sense to the engine. */
    private ImageException unreadable(RuntimeException error) {
        return new ImageException.DataLoss(
                "the database cannot be read: " + error.getMessage() + "; " + DatabaseFolder.wayOut(folder.folder()),
                error);
    }

    /**
     * Returns an encoded image as it is committed, nothing when there is none.
     *
     * @throws ImageException.Unavailable when the database is closed or does not work
     * @throws ImageException.DataLoss when the record is damaged
     */
    @Nullable
    ByteString get(String namespace, String name) {
        ImageRecord cached = records.get(requireOpen().environment(), namespace, name);
        return cached != null ? cached.message() : readImage(namespace, name).orElse(null);
    }

    private Optional<ByteString> readImage(String namespace, String name) {
        return read((schema, transaction) -> {
            long revision = Revisions.last(schema, transaction);
            ImageRecord record = find(schema, transaction, revision, Keys.image(namespace, name));
            return Optional.ofNullable(record).map(ImageRecord::message);
        });
    }

    /**
     * Returns an image as it is in a snapshot, from memory or to be kept there, null when there is none.
     *
     * @param revision that of the snapshot
     * @throws ImageException.DataLoss when the record is damaged
     */
    @Nullable
    ImageRecord find(XodusSchema schema, Transaction transaction, long revision, byte[] key) {
        String namespace = Keys.namespace(key);
        String name = Keys.name(key);
        ImageRecord cached = records.get(transaction.getEnvironment(), revision, namespace, name);
        if (cached != null) {
            return cached;
        }
        ImageRecord record = readRecord(schema, transaction, key);
        if (record != null) {
            records.put(transaction.getEnvironment(), revision, namespace, name, record);
        }
        return record;
    }

    /**
     * Returns an image as it is in a snapshot, null when there is none, and leaves alone what is kept in memory: of many images in a
     * row, looking there and keeping them takes as long as reading them.
     *
     * @throws ImageException.DataLoss when the record is damaged
     */
    static @Nullable ImageRecord readRecord(XodusSchema schema, Transaction transaction, byte[] key) {
        byte[] value = stored(schema, transaction, key);
        return value == null ? null : ImageCodec.decode(key, value);
    }

    /** What the pages say of an image; a damaged page is reported with the image that is not found for it. */
    private static byte @Nullable [] stored(XodusSchema schema, Transaction transaction, byte[] key) {
        try {
            return schema.images().get(transaction, key);
        } catch (ImageException.DataLoss e) {
            throw new ImageException.DataLoss(ImageCodec.describe(key) + " cannot be read: " + e.getMessage(), e);
        }
    }

    /**
     * Returns all images of a namespace as they are committed, nothing when they are too many to be kept in memory.
     *
     * @throws ImageException.Unavailable when the database is closed or does not work
     * @throws ImageException.DataLoss when a record is damaged
     */
    Optional<NamespaceList> list(String namespace) {
        return read((schema, transaction) -> lists.get(schema, transaction, namespace));
    }

    /** Returns all images of a namespace as they are committed, if they are in memory; see {@link #list}. */
    Optional<NamespaceList> listIfCurrent(String namespace) {
        return read((schema, transaction) -> lists.getIfCurrent(schema, transaction, namespace));
    }

    /**
     * How much the files take.
     *
     * @param liveBytes what of that is in use, by the estimate of the engine
     */
    record Space(long diskBytes, long liveBytes) {}

    Space space() {
        EnvironmentImpl environment = requireOpen().environment();
        long bytes = environment.getLog().getDiskUsage();
        int percent = environment.getGC().getUtilizationProfile().totalUtilizationPercent();
        return new Space(bytes, bytes * percent / 100);
    }

    /** Has files cleaned of which little is in use, if there are any, on another thread: see {@link FileCleaner#clean}. */
    void clean(CleaningPace.Load load) {
        OpenDatabase current = opened;
        if (current == null) {
            return;
        }
        try {
            current.cleaner().clean(load);
        } catch (RuntimeException | Error e) { // whatever it was, the committer has to go on
            logger.warn("no file in {} is cleaned now", folder.folder(), e);
        }
    }

    /** Compares all files with their checksums and returns what is wrong, in a line each. */
    List<String> fileProblems() {
        return requireOpen().files().problems();
    }

    /**
     * Copies the files as they are at one revision, which is returned.
     *
     * @throws IOException when the sink throws it
     */
    long backup(BackupSink sink) throws IOException {
        LogFiles files = requireOpen().files();
        try {
            return readOnce((schema, transaction) -> {
                try {
                    files.copy(transaction.getHighAddress(), sink);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
                return Revisions.last(schema, transaction);
            });
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    /** Makes a database of the files of a backup; the folder becomes one of ours when the sink is closed. */
    static BackupSink restore(Path folder) {
        Path database = DatabaseFolder.prepareEmpty(folder);
        BackupSink files;
        try {
            files = LogFiles.sink(database, OpenDatabase.LOG_PAGE_BYTES, OpenDatabase.LOG_FILE_KIB * 1024);
        } catch (IOException e) {
            throw DatabaseFolder.refused(folder, "cannot be used: " + e);
        }
        return new BackupSink() {
            @Override
            public void file(BackupFile file) throws IOException {
                files.file(file);
            }

            @Override
            public void data(byte[] bytes, int count) throws IOException {
                files.data(bytes, count);
            }

            @Override
            public void close() throws IOException {
                files.close();
                DatabaseFolder.finish(folder);
            }
        };
    }

    /** What a change has to be told to before it is committed, and where it may find images. */
    RecordCache records() {
        return records;
    }

    /**
     * Runs a write in a transaction while nothing else writes; the work commits or aborts it.
     *
     * @throws ImageException when a cleaning failed, and the disk does not work yet
     */
    <T> T write(Reader<T> work) {
        OpenDatabase current = requireOpen();
        if (current.files().hasFailed()) {
            // A write of the committer that fails has it recover at once, so it was a cleaning, and nobody has been
            // told.
            logger.warn("a file in {} could not be cleaned", folder.folder());
            current.cleaner().pause();
            repair(current);
        }
        Transaction transaction = current.environment().beginExclusiveTransaction();
        if (current.files().hasFailed()) { // the cleaning that it waited for
            transaction.abort();
            return write(work);
        }
        try {
            return work.read(current.schema(), transaction);
        } finally {
            if (!transaction.isFinished()) {
                transaction.abort();
            }
        }
    }

    private static void repair(OpenDatabase database) {
        try {
            database.repair();
        } catch (IOException e) {
            throw DiskErrors.notStored(e);
        }
    }

    /** Whether the last write failed because of the disk, and not because of what it met in the database. */
    boolean hasFailed() {
        OpenDatabase current = opened;
        return current == null || current.files().hasFailed() || !current.isOperative();
    }

    /** Notes what was committed, before it is acknowledged. */
    void acknowledge(long revision) {
        requireOpen().acknowledge(revision);
    }

    /**
     * Looks whether the folder is where it was. If it is not, nothing is served until it is back: another store in its place,
     * or none, would be a wrong answer to everything.
     *
     * @throws Unavailable when it is not
     */
    void requireFolder() {
        try {
            folder.requireSame();
            gone = null;
        } catch (Unavailable e) {
            gone = e;
            throw e;
        }
    }

    /**
     * Makes writes possible again after one that failed. Reads go on, unless the engine is beyond repair and has to be opened
     * again.
     *
     * @throws ImageException when the disk does not work yet, the folder is not where it was, or the database cannot be opened
     */
    void recover() {
        requireFolder();
        OpenDatabase current = opened;
        records.clear(); // which was told of changes that did not come
        if (current != null && current.isOperative()) {
            if (current.files().hasFailed()) {
                repair(current);
            }
        } else {
            reopen();
        }
    }

    /**
     * Closes the database, whatever state it is in, and opens it again; nothing can be read meanwhile.
     *
     * @throws ImageException when another store is there now, or the database cannot be opened
     */
    void reopen() {
        closeDatabase();
        records.clear();
        lists.clear();
        if (log != null && !log.equals(readLog())) {
            throw new Unavailable(
                    "another store is in data folder " + folder.folder()
                            + " now: nothing is served until the one before is back",
                    null);
        }
        open();
    }

    private UUID readLog() {
        try {
            return LogFiles.idOf(DatabaseFolder.database(folder.folder()));
        } catch (IOException e) {
            throw DiskErrors.unavailable(e);
        }
    }

    /** Returns the data folder. */
    Path folder() {
        return folder.folder();
    }

    /** Returns the folder's reserve of room on the disk. */
    SpaceReserve reserve() {
        return new SpaceReserve(folder.folder());
    }

    @Override
    public void close() {
        closeDatabase();
        folder.close();
    }

    private void closeDatabase() {
        OpenDatabase current = opened;
        opened = null;
        if (current == null) {
            return;
        }
        try {
            current.close();
        } catch (Throwable e) { // Kotlin throws checked exceptions undeclared
            logger.warn("closing the database in {} failed", folder.folder(), e);
        }
    }

    /** @throws Unavailable when the database is closed, or its folder is not where it was */
    OpenDatabase requireOpen() {
        OpenDatabase current = opened;
        Unavailable reason = gone;
        if (current == null || reason != null) {
            throw reason == null ? DiskErrors.unavailable(null) : reason;
        }
        return current;
    }
}
