package dev.imaged.server.xodus;

import dev.imaged.errors.ImageException.FailedPrecondition;
import dev.imaged.maintenance.BackupSink;
import dev.imaged.server.store.kv.Contents;
import dev.imaged.server.store.kv.Database;
import dev.imaged.server.store.kv.SalvagedDatabase;
import dev.imaged.server.xodus.log.LogFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/**
 * A data folder: the place of one database, which may be missing, open in another process, or damaged. Thread-safe.
 *
 * @param path an absolute path
 * @param contents what the database holds
 */
public record DatabaseFolder(Path path, Contents contents) {
    /**
     * Opens the database, a new one if the folder is empty or missing, and brings it to the newest version.
     *
     * @param pageCacheBytes how much of the heap the engine's pages may take
     * @throws FailedPrecondition when the folder cannot be used, is not ours, is in use or of another schema, or when an
     *     interrupt could keep a commit from the disk
     */
    public Database open(long pageCacheBytes) {
        return XodusDatabase.open(path, contents, pageCacheBytes, OpenDatabase.LOG_FILE_KIB, UnaryOperator.identity());
    }

    /**
     * Notes that the database, which is open, is not a copy of another store, whatever was noted of one that was there before.
     *
     * @throws FailedPrecondition when that cannot be noted
     */
    public void noteOriginal() {
        try {
            CopyMark.delete(path);
        } catch (IOException e) {
            throw FolderMarker.refused(path, "cannot be used: " + e);
        }
    }

    /**
     * Opens an existing database to read it; nothing in the folder changes.
     *
     * @param pageCacheBytes how much of the heap the engine's pages may take
     * @throws FailedPrecondition when there is no database, it is in use or damaged
     */
    public Database openReadOnly(long pageCacheBytes) {
        return XodusDatabase.openReadOnly(path, contents, pageCacheBytes, OpenDatabase.LOG_FILE_KIB);
    }

    /**
     * Opens what can be read of a damaged database, and changes nothing in it.
     *
     * @param problems takes a line for each thing that cannot be read
     * @throws FailedPrecondition when there is no database, it is in use, or nothing can be read
     */
    public SalvagedDatabase salvage(Consumer<String> problems) {
        return SalvagedLog.open(path, contents, problems);
    }

    /**
     * Whether this process may change the database.
     *
     * @throws FailedPrecondition when there is no database
     */
    public boolean isWritable() {
        FolderMarker.requireExisting(path);
        return FolderMarker.isWritable(path);
    }

    /**
     * Checks that there is a database, or that the folder is marked as new, before {@link #open} makes one.
     *
     * @param hint what the message says to do otherwise
     * @throws FailedPrecondition when there is no database, and the folder is not marked as new
     */
    public void requireExistingOrNew(String hint) {
        FolderMarker.requireExistingOrNew(path, hint);
    }

    /**
     * Checks that the folder is empty or missing.
     *
     * @throws FailedPrecondition when there is anything in it
     */
    public void requireNew() {
        FolderMarker.requireNew(path);
    }

    /**
     * Checks that there is a database, whatever state it is in, that nobody uses.
     *
     * @throws FailedPrecondition when there is no database, or it is in use
     */
    public void requireUnused() {
        FolderMarker.prepareToRead(path, contents).close();
    }

    /** Moves the folder, which nobody uses, to where another one is missing or empty, durably. */
    public void moveTo(Path other) throws IOException {
        FolderMarker.move(path, other);
    }

    /**
     * Makes a database of the files of a backup; the folder becomes a data folder when the sink is finished.
     *
     * @throws FailedPrecondition when the folder is not empty or cannot be used
     */
    public BackupSink restore() {
        Path database = FolderMarker.prepareEmpty(path);
        BackupSink files;
        try {
            files = LogFiles.sink(database, OpenDatabase.LOG_PAGE_BYTES, OpenDatabase.LOG_FILE_KIB * 1024);
        } catch (IOException e) {
            throw FolderMarker.refused(path, "cannot be used: " + e);
        }
        return new RestoredFolder(this, files);
    }

    /** Writes the files of a backup, and the marker after them. */
    private record RestoredFolder(DatabaseFolder folder, BackupSink files) implements BackupSink {
        @Override
        public void file(BackupFile file) throws IOException {
            files.file(file);
        }

        @Override
        public void data(byte[] bytes, int count) throws IOException {
            files.data(bytes, count);
        }

        @Override
        public void finish() throws IOException {
            files.finish();
            FolderMarker.finish(folder.path, folder.contents.version());
        }

        @Override
        public void close() throws IOException {
            files.close();
        }
    }
}
