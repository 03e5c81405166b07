package dev.imaged.server.xodus.log;

import dev.imaged.errors.ImageException;
import dev.imaged.errors.ImageException.FailedPrecondition;
import dev.imaged.server.engine.BackupSink;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableSet;
import java.util.TreeSet;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import jetbrains.exodus.ExodusException;
import jetbrains.exodus.env.EnvironmentConfig;
import jetbrains.exodus.env.Environments;
import jetbrains.exodus.io.Block;
import jetbrains.exodus.io.DataWriter;
import jetbrains.exodus.io.FileDataReader;
import jetbrains.exodus.io.FileDataWriter;
import jetbrains.exodus.io.SharedOpenFilesCache;
import jetbrains.exodus.log.Log;
import jetbrains.exodus.log.LogConfig;
import jetbrains.exodus.log.LogUtil;
import jetbrains.exodus.log.Loggable;
import org.jspecify.annotations.Nullable;

/**
 * The files of the database's log, checked against their checksums: all of the newest file before the engine sees it, as
 * the engine silently drops what it cannot read there, and every other page whenever it is read.
 */
public final class LogFiles {
    /** The type of what ends a commit in the log. */
    private static final int DATABASE_ROOT = 1;

    private static final int COPIED_AT_ONCE = 256 * 1024;

    private final ChecksumFolder checksums;
    private final UnaryOperator<DataWriter> layer;
    private final FileDataReader reader;
    private final OpenFiles open;

    /** Shared by those who copy files; the engine deletes what it cleaned before their snapshot, whatever they read. */
    private final ReadWriteLock removal = new ReentrantReadWriteLock();

    private @Nullable CheckedWriter writer;
    private long unknownFrom = -1;

    private LogFiles(ChecksumFolder checksums, UnaryOperator<DataWriter> layer) {
        this.checksums = checksums;
        this.layer = layer;
        this.reader = new FileDataReader(checksums.folder().toFile());
        this.open = new OpenFiles(checksums.folder());
    }

    /**
     * Prepares the files in a folder.
     *
     * @param pageBytes what the engine reads at once
     * @param fileBytes how large a complete file is
     * @param layer what writes pass through on their way to the files: nothing, but in tests
     */
    public static LogFiles in(Path folder, int pageBytes, long fileBytes, UnaryOperator<DataWriter> layer) {
        return new LogFiles(new ChecksumFolder(folder, pageBytes, fileBytes), layer);
    }

    /**
     * What the engine is opened with. Opening throws DataLoss when synced bytes of the newest file are missing or damaged;
     * nothing is changed then.
     */
    public LogConfig config() {
        SharedOpenFilesCache.setSize(1); // the writer asks for it, though nothing is read through it
        DataWriter files = layer.apply(new LogFileWriter(reader, checksums.fileBytes()));
        writer = new CheckedWriter(files, open, checksums, removal.writeLock(), this::requireNewestUndamaged);
        return LogConfig.create(new CheckedReader(reader, open, checksums), writer)
                .setLocation(checksums.folder().toString());
    }

    /** Whether a write failed, after which there is no other until the database is opened again. */
    public boolean hasFailed() {
        return writer != null && writer.hasFailed();
    }

    /** Unlocks the folder after the engine could not be opened; it is still locked when another process has it. */
    public void release() {
        if (writer != null) {
            writer.release();
        }
    }

    private void requireNewestUndamaged() {
        NavigableSet<Long> files = addresses(LogUtil.LOG_FILE_EXTENSION);
        NavigableSet<Long> known = addresses(PageChecksums.SUFFIX);
        if (!files.isEmpty()) {
            refuse(FileCheck.problems(checksums, files.last()), files.last());
            known.headSet(files.last(), true).clear();
        }
        known.removeIf(newer -> checksums.of(newer).syncedLength() == 0);
        known.forEach(newer -> refuse(List.of(missing(newer)), newer));
        if (!files.isEmpty()) {
            try {
                UnsyncedTail.settle(checksums, files.last());
            } catch (IOException e) {
                throw new FailedPrecondition(checksums.folder() + " cannot be used: " + e, e);
            }
        }
    }

    /** Returns where the files are. */
    public Path folder() {
        return checksums.folder();
    }

    /**
     * Returns where the newest commit ends in the log, if it lies where a power cut may have left anything; -1 otherwise. What
     * lies behind the last bytes that can be read there is taken away, with a copy kept.
     */
    public long unverifiedRoot(EnvironmentConfig engine) throws IOException {
        while (true) {
            long unreadable;
            NavigableSet<Long> files = addresses(LogUtil.LOG_FILE_EXTENSION);
            // An empty one is deleted once the folder is locked.
            while (files.size() > 1 && UnsyncedTail.isEmpty(checksums, files.last())) {
                files.pollLast();
            }
            unknownFrom = files.isEmpty() ? -1 : UnsyncedTail.unknownFrom(checksums, files.last());
            if (unknownFrom < 0) {
                return -1;
            }
            Log log = Environments.newLogInstance(config(), engine);
            try {
                Loggable root = log.getLastLoggableOfType(DATABASE_ROOT);
                if (root != null || unknownFrom > 0) {
                    return root == null || root.getAddress() < unknownFrom ? -1 : root.getAddress();
                }
                unreadable = 0; // not even the first commit, which makes an empty database, is whole
            } catch (ExodusException e) {
                unreadable = Math.max(unknownFrom, log.getTip().approvedHighAddress);
            } finally {
                log.close();
            }
            cut(unreadable, files.last());
        }
    }

    /** Takes the newest root and all behind it away while the database is closed; the file is kept under another name. */
    public void cut(long rootAddress) throws IOException {
        cut(rootAddress, rootAddress - rootAddress % checksums.fileBytes());
    }

    private void cut(long address, long file) throws IOException {
        checksums.files().clear();
        for (long newer : addresses(LogUtil.LOG_FILE_EXTENSION).tailSet(file, false)) {
            checksums.delete(newer);
            Files.delete(path(newer));
        }
        if (!Files.exists(copy(file))) {
            Files.copy(path(file), copy(file));
        }
        // Also of what was synced since nothing was known of what it stands on.
        checksums.of(file).truncate(unknownFrom - file);
        UnsyncedTail.truncate(path(file), address - file);
    }

    /** Undoes all cuts of the newest file, while the database is closed. */
    public void uncut() throws IOException {
        long file = unknownFrom - unknownFrom % checksums.fileBytes();
        Files.copy(copy(file), path(file), StandardCopyOption.REPLACE_EXISTING);
    }

    private Path copy(long address) {
        return checksums.folder().resolve(LogUtil.getLogFilename(address) + ".cut");
    }

    private Path path(long address) {
        return checksums.folder().resolve(LogUtil.getLogFilename(address));
    }

    private void refuse(List<String> problems, long address) {
        if (!problems.isEmpty()) {
            throw new ImageException.DataLoss(
                    problems.get(0)
                            + ", so that writes which were acknowledged would be lost: restore a backup, or delete "
                            + checksums.path(address) + " to go on with what can still be read",
                    null);
        }
    }

    /** Compares all files with their checksums and returns what is wrong, each problem naming the file. */
    public List<String> problems() {
        List<String> problems = new ArrayList<>();
        for (long address : addresses(LogUtil.LOG_FILE_EXTENSION)) {
            problems.addAll(FileCheck.problems(checksums, address));
        }
        for (long address : addresses(PageChecksums.SUFFIX)) {
            boolean isKnown = Files.exists(checksums.path(address))
                    && checksums.of(address).syncedLength() > 0;
            if (!Files.exists(path(address)) && isKnown) {
                problems.add(missing(address));
            }
        }
        return problems;
    }

    /** Gives a sink all files up to an address: what a snapshot sees. No file is deleted meanwhile. */
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
        for (Block file : new CheckedReader(reader, open, checksums).getBlocks()) {
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
     * Gives a writer of files, which go with their checksums into a folder that holds none.
     *
     * @param fileBytes how large a complete file is
     */
    public static BackupSink sink(Path folder, int pageBytes, long fileBytes) {
        return new FileSink(new CheckedWriter(
                new FileDataWriter(new FileDataReader(folder.toFile())),
                new OpenFiles(folder),
                new ChecksumFolder(folder, pageBytes, fileBytes),
                new ReentrantLock(),
                () -> {}));
    }

    private static String missing(long address) {
        return "file " + LogUtil.getLogFilename(address) + " is missing";
    }

    private NavigableSet<Long> addresses(String suffix) {
        NavigableSet<Long> addresses = new TreeSet<>();
        try (Stream<Path> files = Files.list(checksums.folder())) {
            files.map(file -> file.getFileName().toString())
                    .filter(name -> name.endsWith(suffix))
                    .map(name -> name.substring(0, name.length() - suffix.length()) + LogUtil.LOG_FILE_EXTENSION)
                    .filter(LogUtil::isLogFileName)
                    .forEach(name -> addresses.add(LogUtil.getAddress(name)));
        } catch (IOException e) {
            throw new FailedPrecondition(checksums.folder() + " cannot be read: " + e, e);
        }
        return addresses;
    }
}
