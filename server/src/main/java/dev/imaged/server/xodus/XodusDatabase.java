package dev.imaged.server.xodus;

import com.google.protobuf.ByteString;
import dev.imaged.errors.ImageException;
import dev.imaged.server.engine.BackupSink;
import dev.imaged.server.xodus.log.LogFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import jetbrains.exodus.ExodusException;
import jetbrains.exodus.OutOfDiskSpaceException;
import jetbrains.exodus.env.EnvironmentImpl;
import jetbrains.exodus.env.Transaction;
import jetbrains.exodus.io.DataWriter;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An open database. Reads may run on any thread; writes are for the {@link Committer} alone, which also reopens the
 * database when it stopped working.
 */
final class XodusDatabase implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(XodusDatabase.class);

    /** The eighths of the cache that are for lists and for single images; the rest is for the log's pages. */
    private static final int LIST_EIGHTHS = 3;

    private static final int RECORD_EIGHTHS = 1;

    private final Path folder;
    private final long fileKib;
    private final UnaryOperator<DataWriter> layer;
    private final long pageCacheBytes;
    private final ListCache lists;
    private final RecordCache records;
    private volatile @Nullable OpenDatabase opened;

    private XodusDatabase(Path folder, long cacheBytes, long fileKib, UnaryOperator<DataWriter> layer) {
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
        XodusDatabase database = new XodusDatabase(folder, cacheBytes, fileKib, layer);
        database.open();
        return database;
    }

    private void open() {
        opened = OpenDatabase.open(folder, pageCacheBytes, fileKib, layer);
    }

    /** Reads from one snapshot. */
    interface Reader<T extends @Nullable Object> {
        T read(XodusSchema schema, Transaction transaction);
    }

    /**
     * Runs a read on a snapshot of what is committed. It should be short: a snapshot keeps old files from being
     * cleaned.
     *
     * @throws ImageException.Unavailable when the database is closed or does not work
     */
    <T extends @Nullable Object> T read(Reader<T> reader) {
        OpenDatabase current = requireOpen();
        try {
            Transaction transaction = current.environment().beginReadonlyTransaction();
            try {
                return reader.read(current.schema(), transaction);
            } finally {
                transaction.abort();
            }
        } catch (ExodusException e) {
            throw unavailable(e);
        } catch (IllegalStateException e) {
            if (current.environment().isOpen()) {
                throw e;
            }
            throw unavailable(e);
        }
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
            log.warn("no file in {} is cleaned now", folder, e);
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
            return read((schema, transaction) -> {
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
        BackupSink files = LogFiles.sink(database, OpenDatabase.LOG_PAGE_BYTES, OpenDatabase.LOG_FILE_KIB * 1024);
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

    /** Runs a write in a transaction that nothing else writes beside; the writer commits or aborts it. */
    <T> T write(Reader<T> writer) {
        if (requireOpen().files().hasFailed()) {
            reopenAfterCleaning();
        }
        OpenDatabase current = requireOpen();
        Transaction transaction = current.environment().beginExclusiveTransaction();
        if (current.files().hasFailed()) { // the cleaning that it waited for
            transaction.abort();
            return write(writer);
        }
        try {
            return writer.read(current.schema(), transaction);
        } finally {
            if (!transaction.isFinished()) {
                transaction.abort();
            }
        }
    }

    /** A write of the committer that fails has it reopened at once, so it was a cleaning, and nobody has been told. */
    private void reopenAfterCleaning() {
        log.warn("a file in {} could not be cleaned; the database is opened again", folder);
        reopen();
        requireOpen().cleaner().pause();
    }

    /**
     * Closes the database, whatever state it is in, and opens it again.
     *
     * @throws ImageException.FailedPrecondition when it cannot be opened now
     */
    void reopen() {
        close();
        records.clear();
        lists.clear();
        open();
    }

    @Override
    public void close() {
        OpenDatabase current = opened;
        opened = null;
        if (current == null) {
            return;
        }
        try {
            current.environment().close();
        } catch (RuntimeException e) {
            log.warn("closing the database in {} failed", folder, e);
        }
    }

    private OpenDatabase requireOpen() {
        OpenDatabase current = opened;
        if (current == null) {
            throw unavailable(null);
        }
        return current;
    }

    /** Returns what to tell the caller of a write that failed. */
    static ImageException notStored(Throwable cause) {
        for (Throwable error = cause; error != null; error = error.getCause()) {
            if (error instanceof OutOfDiskSpaceException full) {
                return new ImageException.ResourceExhausted(
                        "the write is not stored: the disk is full: "
                                + (full.getCause() == null
                                        ? full.getMessage()
                                        : full.getCause().getMessage()),
                        cause);
            }
        }
        return unavailable(cause);
    }

    static ImageException.Unavailable unavailable(@Nullable Throwable cause) {
        return new ImageException.Unavailable(
                "the store does not answer at the moment" + (cause == null ? "" : ": " + cause.getMessage()), cause);
    }
}
