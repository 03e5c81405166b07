package dev.imaged.server.xodus;

import dev.imaged.errors.ImageException;
import dev.imaged.errors.ImageException.Unavailable;
import dev.imaged.maintenance.BackupSink;
import dev.imaged.server.store.kv.Contents;
import dev.imaged.server.store.kv.Database;
import dev.imaged.server.store.kv.FollowedStore;
import dev.imaged.server.store.kv.Snapshot;
import dev.imaged.server.store.kv.Space;
import dev.imaged.server.store.kv.StorageErrors;
import dev.imaged.server.store.kv.WriteActivity;
import dev.imaged.server.store.kv.WriteBatch;
import dev.imaged.server.xodus.cleaning.LogCleaner;
import dev.imaged.server.xodus.log.LogFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import jetbrains.exodus.env.EnvironmentImpl;
import jetbrains.exodus.io.DataWriter;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A Xodus database, which can be opened again after a failure. Reads may run on any thread. Writes are for one thread, which also
 * calls {@link #recover} when a write failed. Reads go on meanwhile.
 */
public final class XodusDatabase implements Database {
    private static final Logger logger = LoggerFactory.getLogger(XodusDatabase.class);

    /** How often a read is tried during a commit that fails. While the engine rolls the commit back, it cannot read its newest page. */
    private static final int READ_ATTEMPTS = 5;

    private final LockedFolder folder;
    private final long fileKib;
    private final UnaryOperator<DataWriter> layer;
    private final Contents contents;
    private final long pageCacheBytes;
    private final SpaceReserve reserve;
    private volatile @Nullable OpenDatabase opened;

    /** The id that no other log has, once it was opened. */
    private volatile @Nullable UUID log;

    /** What was noted, or should have been, of the copy that the database is; null while nothing was. */
    private volatile @Nullable CopyMark copy;

    /** Set while the folder is not in its place: then nothing is served, although the database is open. */
    private volatile @Nullable Unavailable gone;

    private XodusDatabase(
            LockedFolder folder,
            Contents contents,
            long pageCacheBytes,
            long fileKib,
            UnaryOperator<DataWriter> layer) {
        this.folder = folder;
        this.contents = contents;
        this.pageCacheBytes = pageCacheBytes;
        this.fileKib = fileKib;
        this.layer = layer;
        this.reserve = new SpaceReserve(folder.folder());
    }

    /**
     * Opens the database in a data folder, a new one if the folder is empty, and brings it to the newest version.
     *
     * @param pageCacheBytes how much of the heap the engine's pages may take
     * @param fileKib how large a file of the log is, in KiB
     * @param layer wraps the writer of the files
     * @throws ImageException.FailedPrecondition as {@link DatabaseFolder#open}
     */
    static XodusDatabase open(
            Path folder, Contents contents, long pageCacheBytes, long fileKib, UnaryOperator<DataWriter> layer) {
        LockedFolder locked = FolderMarker.prepare(folder, contents);
        return opened(new XodusDatabase(locked, contents, pageCacheBytes, fileKib, layer), database -> {
            database.open();
            database.migrate();
        });
    }

    /** Opens the database in an existing data folder to read it: see {@link DatabaseFolder#openReadOnly}. */
    static XodusDatabase openReadOnly(Path folder, Contents contents, long pageCacheBytes, long fileKib) {
        LockedFolder locked = FolderMarker.prepareToRead(folder, contents);
        return opened(
                new XodusDatabase(locked, contents, pageCacheBytes, fileKib, UnaryOperator.identity()),
                database -> database.opened = OpenDatabase.openReadOnly(folder, contents, pageCacheBytes, fileKib));
    }

    private static XodusDatabase opened(XodusDatabase database, Consumer<XodusDatabase> opening) {
        try {
            opening.accept(database);
            return database;
        } catch (RuntimeException e) {
            database.close();
            throw e;
        }
    }

    private void migrate() {
        try {
            contents.migrate(this);
        } catch (ImageException.DataLoss e) {
            throw EngineErrors.lost(
                    folder.folder(),
                    "is damaged, and cannot be migrated to schema " + contents.version() + ": " + e.getMessage() + "; "
                            + FolderMarker.wayOut(folder.folder()),
                    e);
        } catch (RuntimeException e) {
            ImageException reason = e instanceof ImageException known ? known : StorageErrors.notStored(e);
            throw FolderMarker.refused(
                    folder.folder(),
                    "is not migrated to schema " + contents.version() + " yet, the next start goes on: "
                            + reason.getMessage());
        }
    }

    @Override
    public String name() {
        return "xodus";
    }

    @Override
    public void noteVersion(int version) {
        try {
            folder.noteVersion(version);
        } catch (IOException e) {
            throw new Unavailable("the marker of " + description() + " cannot be written: " + e.getMessage(), e);
        }
    }

    @Override
    public void noteCopy(@Nullable FollowedStore of) {
        UUID id = log;
        if (id == null) {
            throw StorageErrors.unavailable(null);
        }
        CopyMark mark = new CopyMark(id, of, null);
        copy = mark;
        if (!mark.equals(CopyMark.stored(folder.folder()))) {
            write(mark);
        }
    }

    @Override
    public boolean noteDamage(String what) {
        folder.requireSame();
        CopyMark known = copy;
        CopyMark mark = known == null ? CopyMark.read(folder.folder()) : known;
        if (mark == null) {
            return false;
        }
        write(mark.damaged(what));
        return true;
    }

    @Override
    public boolean deleteKept() {
        folder.requireSame();
        try {
            return DamagedCopy.deleteKept(folder.folder());
        } catch (IOException e) {
            throw StorageErrors.notStored(e);
        }
    }

    private void write(CopyMark mark) {
        folder.requireSame();
        try {
            mark.write(folder.folder());
        } catch (IOException e) {
            throw new Unavailable(
                    "file " + CopyMark.NAME + " of " + description() + " cannot be written: " + e.getMessage(), e);
        }
    }

    private void open() {
        OpenDatabase opening = OpenDatabase.open(folder.folder(), contents, pageCacheBytes, fileKib, layer);
        try {
            log = readLog();
        } catch (RuntimeException e) {
            opening.close();
            throw e;
        }
        opened = opening;
    }

    @Override
    public <T extends @Nullable Object> T read(Function<Snapshot, T> body) {
        for (int attempt = 1; ; attempt++) {
            OpenDatabase current = requireOpen();
            long failures = current.files().failures();
            boolean isFailing = current.files().hasFailed();
            try {
                return current.read(body);
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

    @Override
    public <T extends @Nullable Object> T readOnce(Function<Snapshot, T> body) {
        return requireOpen().read(body);
    }

    @Override
    public Object identity() {
        return requireOpen().identity();
    }

    @Override
    public Space space() {
        EnvironmentImpl environment = requireOpen().environment();
        long bytes = environment.getLog().getDiskUsage();
        int percent = environment.getGC().getUtilizationProfile().totalUtilizationPercent();
        return new Space(bytes, bytes * percent / 100);
    }

    /** Starts to clean files of which little is in use, if there are any: see {@link LogCleaner#clean}. */
    @Override
    public void tidy(WriteActivity now) {
        OpenDatabase current = opened;
        if (current == null) {
            return;
        }
        try {
            current.cleaner().clean(now);
        } catch (RuntimeException | Error e) { // the writer has to go on, whatever the failure is
            logger.warn("no file in {} is cleaned now", folder.folder(), e);
        }
    }

    @Override
    public List<String> fileProblems() {
        return requireOpen().files().problems();
    }

    @Override
    public long backup(BackupSink sink) throws IOException {
        LogFiles files = requireOpen().files();
        try {
            return readOnce(snapshot -> {
                try {
                    files.copy(((XodusSnapshot) snapshot).transaction().getHighAddress(), sink);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
                return contents.revision(snapshot);
            });
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    @Override
    public <T extends @Nullable Object> T write(Function<WriteBatch, T> body) {
        try {
            return requireOpen().write(body);
        } catch (RuntimeException e) {
            throw EngineErrors.isFull(e) ? StorageErrors.full(e) : e;
        }
    }

    @Override
    public boolean hasFailed() {
        OpenDatabase current = opened;
        return current == null || current.hasFailed();
    }

    @Override
    public void requirePresent() {
        try {
            folder.requireSame();
            gone = null;
        } catch (Unavailable e) {
            gone = e;
            throw e;
        }
    }

    @Override
    public void recover() {
        requirePresent();
        OpenDatabase current = opened;
        if (current == null || !current.isOperative()) {
            reopen();
        } else if (current.files().hasFailed()) {
            current.repair();
        }
    }

    /**
     * Closes the database, whatever state it is in, and opens it again; nothing can be read meanwhile.
     *
     * @throws ImageException when another store is there now, or the database cannot be opened
     */
    void reopen() {
        closeDatabase();
        if (log != null && !log.equals(readLog())) {
            throw new Unavailable(
                            "another store is in data folder " + folder.folder()
                                    + " now: nothing is served until the one before is back",
                            null)
                    .withReason("NOT_SERVING", Map.of());
        }
        open();
    }

    private UUID readLog() {
        try {
            return LogFiles.idOf(FolderMarker.database(folder.folder()));
        } catch (IOException e) {
            throw StorageErrors.unavailable(e);
        }
    }

    @Override
    public boolean reserveRoom() {
        return reserve.restore();
    }

    @Override
    public void releaseRoom() {
        reserve.release();
    }

    @Override
    public String description() {
        return "data folder " + folder.folder();
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
            throw reason == null ? StorageErrors.unavailable(null) : reason;
        }
        return current;
    }
}
