package dev.imaged.server.xodus.log;

import dev.imaged.errors.ImageException;
import dev.imaged.errors.ImageException.FailedPrecondition;
import dev.imaged.maintenance.BackupSink;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableSet;
import java.util.UUID;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import jetbrains.exodus.io.Block;
import jetbrains.exodus.io.DataWriter;
import jetbrains.exodus.io.FileDataReader;
import jetbrains.exodus.io.SharedOpenFilesCache;
import jetbrains.exodus.log.LogConfig;
import jetbrains.exodus.log.LogUtil;
import org.jspecify.annotations.Nullable;

/**
 * The files of the database's log. They are checked before the engine sees them, because it silently drops what it cannot read: all
 * files are there, the newest is as it was synced, and every page agrees with its checksum whenever it is read.
 *
 * <p>For the thread that opens, repairs and closes the log. Any thread may call {@link #hasFailed}, {@link #failures},
 * {@link #problems}, {@link #copy}, {@link #acknowledge} and {@link #allowRemoval}.
 */
public final class LogFiles {
    private static final int COPIED_AT_ONCE = 256 * 1024;

    private final ChecksumFolder checksums;
    private final LogLedger ledger;
    private final LogVerifier verifier;
    private final UnaryOperator<DataWriter> layer;
    private final FileDataReader reader;
    private final ReadHandles open;

    /** Held, shared, while files are copied. The engine deletes files that it cleaned before a snapshot, even if they are being copied. */
    private final ReadWriteLock removal = new ReentrantReadWriteLock();

    private @Nullable CheckedWriter writer;

    private LogFiles(ChecksumFolder checksums, LogLedger ledger, UnaryOperator<DataWriter> layer) {
        this.checksums = checksums;
        this.ledger = ledger;
        this.verifier = new LogVerifier(checksums, ledger);
        this.layer = layer;
        this.reader = new FileDataReader(checksums.folder().toFile());
        this.open = new ReadHandles(checksums.folder());
    }

    /**
     * Prepares the files in a folder; changes nothing.
     *
     * @param pageBytes how many bytes the engine reads at once
     * @param fileBytes how large a complete file is
     * @param layer wraps the writer of the files; tests put faults there
     * @throws IOException when the list or the note of the log cannot be read
     */
    public static LogFiles in(Path folder, int pageBytes, long fileBytes, UnaryOperator<DataWriter> layer)
            throws IOException {
        LogLedger ledger = LogLedger.read(folder);
        return new LogFiles(new ChecksumFolder(folder, ledger.log(), pageBytes, fileBytes), ledger, layer);
    }

    /**
     * Returns the id of the log in a folder; changes nothing.
     *
     * @throws IOException when it cannot be read
     */
    public static UUID idOf(Path folder) throws IOException {
        return LogLedger.read(folder).log();
    }

    /**
     * Returns the id of the log in a folder, null when nothing there tells it; changes nothing.
     *
     * @throws IOException when it cannot be read
     */
    public static @Nullable UUID knownId(Path folder) throws IOException {
        try {
            return LogLedger.knownLog(folder);
        } catch (NoSuchFileException e) { // the folder itself
            return null;
        }
    }

    /** Whether there are files of a log in a folder, which may be missing. */
    public static boolean hasFiles(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.anyMatch(file -> file.toString().endsWith(LogUtil.LOG_FILE_EXTENSION));
        } catch (NoSuchFileException e) {
            return false;
        }
    }

    /** Moves the note next to the folder of a log, which was moved itself. */
    public static void moveNote(Path from, Path to) throws IOException {
        if (isKnown(from)) {
            Files.move(note(from), note(to));
        }
    }

    /** Deletes the note next to the folder of a log that is not there any more. */
    public static void deleteNote(Path folder) throws IOException {
        Files.deleteIfExists(note(folder));
    }

    /** Whether a note next to the folder says that a log was there. */
    public static boolean isKnown(Path folder) {
        return Files.exists(note(folder));
    }

    private static Path note(Path folder) {
        return folder.toAbsolutePath().resolveSibling(LogLedger.NOTE);
    }

    /**
     * Returns the configuration to open the engine with. Opening throws DataLoss when files, or synced bytes of the newest, are missing
     * or damaged. Nothing is changed then.
     */
    public LogConfig newConfig() {
        SharedOpenFilesCache.setSize(1); // the writer needs a cache of files, even though nothing is read through it
        DataWriter files = layer.apply(new LogFileWriter(reader, checksums.fileBytes()));
        CheckedReader checked = new CheckedReader(reader, open, checksums, ledger, LogDamage.REPORT);
        writer = new CheckedWriter(files, checked, open, checksums, ledger, removal.writeLock(), this::requireComplete);
        return LogConfig.create(checked, writer).setLocation(checksums.folder().toString());
    }

    /**
     * Returns the configuration to open the engine with to read only: nothing is locked, and no file is changed. Bytes that a crash left
     * behind the last commit are hidden.
     *
     * @param damage what to do when files or bytes are missing or damaged
     */
    public LogConfig newReadOnlyConfig(LogDamage damage) throws IOException {
        SharedOpenFilesCache.setSize(1);
        if (damage == LogDamage.REPORT) {
            requireNoProblems();
        }
        CheckedReader checked = new CheckedReader(reader, open, checksums, ledger, damage);
        ReadOnlyFiles files = new ReadOnlyFiles(checked, checksums, ledger, damage);
        return LogConfig.create(files.reader(), files)
                .setLocation(checksums.folder().toString());
    }

    /** Whether a write failed, so that nothing is written until {@link #repair}. */
    public boolean hasFailed() {
        return writer != null && writer.hasFailed();
    }

    /** Whether another process held the engine's own lock when the log was to be opened. */
    public boolean isLockedByOther() {
        return writer != null && writer.isLockedByOther();
    }

    /** Returns how many writes and syncs failed so far. */
    public long failures() {
        return writer == null ? 0 : writer.failures();
    }

    /**
     * Removes the rest of failed writes, so that writes are possible again; for a time when nobody writes.
     *
     * @param end where the log ends, in the state that the engine went back to
     * @throws IOException when the disk does not work yet
     */
    public void repair(long end) throws IOException {
        if (writer != null) {
            NavigableSet<Long> files = verifier.files(LogUtil.LOG_FILE_EXTENSION);
            writer.repair(end, files.tailSet(end - end % checksums.fileBytes(), end % checksums.fileBytes() == 0));
        }
    }

    /** Says that the engine is about to close the files, whatever state they are in. */
    public void closing() {
        if (writer != null) {
            writer.closing();
        }
        ledger.close();
    }

    /** Unlocks the folder after the engine could not be opened. A lock of another process stays. */
    public void release() {
        if (writer != null) {
            writer.release();
        }
        open.close();
        ledger.close();
    }

    /**
     * Says that the engine opened the log. Its files are listed, and opened for reading.
     *
     * @throws IOException when they cannot be listed or opened
     */
    public void opened() throws IOException {
        NavigableSet<Long> files = verifier.files(LogUtil.LOG_FILE_EXTENSION);
        ledger.adopt(files);
        if (writer != null && !files.isEmpty()) {
            writer.watch(files.last());
        }
        for (long address : ledger.leftOver(files)) {
            checksums.delete(address);
            Files.delete(path(address));
            files.remove(address);
        }
        for (long address : files) {
            open.open(address);
        }
    }

    /** Returns the revision of the newest acknowledged change, as far as is known; 0 if none is. */
    public long acknowledgedRevision() {
        return ledger.revision();
    }

    /**
     * Notes a commit that is synced, before it is acknowledged.
     *
     * @param end where it ends in the log
     * @param revision the revision of the newest change
     */
    public void acknowledge(long end, long revision) {
        ledger.acknowledge(end, revision);
    }

    /**
     * Allows an old file to be removed: its used parts were written again, and synced.
     *
     * @param end where the log ends now; nothing before this may get lost from now on
     */
    public void allowRemoval(long address, long end) {
        ledger.acknowledge(end, ledger.revision());
        ledger.allowRemoval(address);
    }

    /** Returns how many files there are. */
    public int count() throws IOException {
        return verifier.files(LogUtil.LOG_FILE_EXTENSION).size();
    }

    /** Whether a crash left bytes behind the last known commit that have to be removed, or made durable. */
    public boolean isUnsettled() throws IOException {
        NavigableSet<Long> files = verifier.files(LogUtil.LOG_FILE_EXTENSION);
        if (files.isEmpty() || UnsyncedTail.unknownFrom(checksums, files.last(), ledger.acknowledged()) >= 0) {
            return false;
        }
        boolean isNew =
                files.size() == 1 && UnsyncedTail.keptLength(checksums, files.last(), ledger.acknowledged()) == 0;
        return !isNew && UnsyncedTail.isUnsettled(checksums, files.last(), ledger.acknowledged());
    }

    private void requireComplete() {
        try {
            requireNoProblems();
            NavigableSet<Long> files = verifier.files(LogUtil.LOG_FILE_EXTENSION);
            if (!files.isEmpty()) {
                UnsyncedTail.settle(checksums, ledger, files.last());
            }
        } catch (IOException e) {
            throw new FailedPrecondition(checksums.folder() + " cannot be used: " + e, e);
        }
    }

    private void requireNoProblems() throws IOException {
        List<String> problems = verifier.problems();
        if (!problems.isEmpty()) {
            throw new ImageException.DataLoss(problems.get(0), null);
        }
    }

    /** Returns the folder of the files. */
    public Path folder() {
        return checksums.folder();
    }

    /** Returns the recovery of the newest file, for a time when the database is closed. */
    public LogRecovery recovery() {
        return new LogRecovery(checksums, ledger, verifier, this::newConfig);
    }

    private Path path(long address) {
        return checksums.folder().resolve(LogUtil.getLogFilename(address));
    }

    /** Compares all files with their checksums, and returns the problems, each with the name of its file. */
    public List<String> problems() {
        List<String> problems = new ArrayList<>();
        try {
            NavigableSet<Long> files = verifier.files(LogUtil.LOG_FILE_EXTENSION);
            files.forEach(address -> problems.addAll(FileCheck.problems(checksums, address)));
            for (long address : verifier.files(ChecksumFile.SUFFIX)) {
                boolean isKnown = Files.exists(checksums.path(address)) && verifier.hasSynced(address);
                if (!Files.exists(path(address)) && isKnown) {
                    problems.add(LogVerifier.missing(address));
                }
            }
            for (long address : ledger.listedBelow(files.isEmpty() ? 0 : files.last())) {
                if (!Files.exists(path(address))
                        && ledger.listedBelow(Long.MAX_VALUE).contains(address)) {
                    problems.add(LogVerifier.missing(address));
                }
            }
        } catch (IOException e) {
            throw new FailedPrecondition(checksums.folder() + " cannot be read: " + e, e);
        }
        return problems.stream().distinct().toList();
    }

    /** Copies all files that a snapshot sees to a sink. No file is deleted meanwhile. */
    public void copy(long highAddress, BackupSink sink) throws IOException {
        removal.readLock().lock();
        try {
            copyFiles(highAddress, sink);
        } finally {
            removal.readLock().unlock();
        }
    }

    private void copyFiles(long highAddress, BackupSink sink) throws IOException {
        byte[] bytes = new byte[COPIED_AT_ONCE];
        for (Block file : new CheckedReader(reader, open, checksums, ledger, LogDamage.REPORT).getBlocks()) {
            long length = Math.min(checksums.fileBytes(), highAddress - file.getAddress());
            if (length <= 0) {
                return;
            }
            sink.file(new BackupSink.BackupFile(LogUtil.getLogFilename(file.getAddress()), length));
            for (long position = 0; position < length; ) {
                int count = file.read(bytes, position, 0, (int) Math.min(bytes.length, length - position));
                if (count <= 0) {
                    throw new ImageException.DataLoss(
                            "file " + LogUtil.getLogFilename(file.getAddress()) + " ends at byte " + position, null);
                }
                sink.data(bytes, count);
                position += count;
            }
        }
    }

    /**
     * Returns a sink that writes files and their checksums into an empty folder.
     *
     * @param fileBytes how large a complete file is
     */
    public static BackupSink sink(Path folder, int pageBytes, long fileBytes) throws IOException {
        SharedOpenFilesCache.setSize(1); // the reader needs a cache of files when it is closed
        LogLedger ledger = LogLedger.read(folder);
        ChecksumFolder checksums = new ChecksumFolder(folder, ledger.log(), pageBytes, fileBytes);
        FileDataReader reader = new FileDataReader(folder.toFile());
        ReadHandles open = new ReadHandles(folder);
        CheckedReader checked = new CheckedReader(reader, open, checksums, ledger, LogDamage.REPORT);
        DataWriter files = new LogFileWriter(reader, fileBytes);
        return new FileSink(
                folder,
                new CheckedWriter(files, checked, open, checksums, ledger, new ReentrantLock(), () -> {}),
                checked);
    }
}
