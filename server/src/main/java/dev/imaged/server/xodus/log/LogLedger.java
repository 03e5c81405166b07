package dev.imaged.server.xodus.log;

import dev.imaged.errors.ImageException;
import dev.imaged.server.xodus.log.SyncedNote.State;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.NavigableSet;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import jetbrains.exodus.log.LogUtil;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a log has to hold, told outside of it: which files it has, and up to where its commits were acknowledged. Below that
 * nothing is cut, removed or overwritten, whatever the engine asks for. Thread-safe.
 */
final class LogLedger implements AutoCloseable {
    /** Stands next to the folder of the log, and so outlives an older copy of that. */
    static final String NOTE = "imaged.synced";

    private static final Logger logger = LoggerFactory.getLogger(LogLedger.class);

    private final Path folder;
    private final SyncedNote note;
    private final UUID log;
    private final boolean foreignNote;

    /** What a file lists; null when there was none that could be read. */
    private @Nullable NavigableSet<Long> listed;

    /** Old files that hold nothing any more. */
    private final Set<Long> cleaned = ConcurrentHashMap.newKeySet();

    /** Held while a note is written, so that commits do not wait for the list to be synced. */
    private final Object noting = new Object();

    private volatile long acknowledged;
    private volatile long revision;
    private boolean noteFailed;

    private LogLedger(Path folder, UUID log, SyncedNote note, @Nullable LogFileList list) {
        this.folder = folder;
        this.log = log;
        this.note = note;
        State state = note.state();
        this.foreignNote = state != null && !state.log().equals(log);
        this.listed = list == null ? null : new TreeSet<>(list.files());
        if (state != null) {
            acknowledged = state.address();
            revision = state.revision();
        }
    }

    /** Reads what is told of the log in a folder; changes nothing. */
    static LogLedger read(Path folder) throws IOException {
        SyncedNote note = SyncedNote.read(folder.toAbsolutePath().resolveSibling(NOTE));
        LogFileList list = LogFileList.read(folder);
        State state = note.state();
        UUID log = list != null ? list.log() : state != null ? state.log() : logOfChecksums(folder);
        return new LogLedger(folder, log == null ? UUID.randomUUID() : log, note, list);
    }

    /** Returns the id that the newest file of checksums tells, null when none does. */
    private static @Nullable UUID logOfChecksums(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.toString().endsWith(ChecksumFile.SUFFIX))
                    .sorted(Comparator.reverseOrder())
                    .map(ChecksumFile::logOf)
                    .filter(Objects::nonNull)
                    .findFirst()
                    .orElse(null);
        }
    }

    /** Returns the id of the log. */
    UUID log() {
        return log;
    }

    /** Whether what is told of the newest commit is of another log. */
    boolean hasForeignNote() {
        return foreignNote;
    }

    /** Returns where the newest commit that was acknowledged ends, as far as is known; 0 if nothing is. */
    long acknowledged() {
        return acknowledged;
    }

    /** Returns the revision of the newest change that was acknowledged, as far as is known; 0 if nothing is. */
    long revision() {
        return revision;
    }

    /** Returns which files there have to be below an address; none when no list is there. */
    synchronized NavigableSet<Long> listedBelow(long address) {
        return listed == null ? new TreeSet<>() : new TreeSet<>(listed.headSet(address, false));
    }

    /** Returns those of the files that are newer than all that are listed: a file is listed before it is made. */
    synchronized NavigableSet<Long> unlistedNewer(NavigableSet<Long> files) {
        return listed == null || listed.isEmpty() ? new TreeSet<>() : files.tailSet(listed.last(), false);
    }

    /** Whether a file was listed and is not any more: it was cleaned. */
    synchronized boolean isDropped(long address) {
        return listed != null && !listed.isEmpty() && address < listed.last() && !listed.contains(address);
    }

    /**
     * Returns those of the files that are not listed, though newer ones are: what was in use of them was written again, and a crash
     * came before they were deleted.
     */
    synchronized NavigableSet<Long> leftOver(NavigableSet<Long> files) {
        NavigableSet<Long> left = new TreeSet<>(files);
        left.removeIf(address -> !isDropped(address));
        return left;
    }

    /** Lists the files that are there, unless a list is there already. */
    synchronized void adopt(NavigableSet<Long> files) throws IOException {
        if (listed == null) {
            write(new TreeSet<>(files));
        }
    }

    /** Lists a new file, durably; where there is no list yet, with all that are there. */
    synchronized void created(long address) throws IOException {
        NavigableSet<Long> files = listed == null ? filesThere() : new TreeSet<>(listed);
        if (files.add(address) || listed == null) {
            write(files);
        }
    }

    /** Drops a file from the list, durably: an old one before it is deleted, one at the end after that. */
    synchronized void removed(long address) throws IOException {
        NavigableSet<Long> files = listed == null ? filesThere() : new TreeSet<>(listed);
        if (files.remove(address) || listed == null) {
            write(files);
        }
        cleaned.remove(address);
    }

    private NavigableSet<Long> filesThere() throws IOException {
        NavigableSet<Long> there = new TreeSet<>();
        try (Stream<Path> files = Files.list(folder)) {
            files.map(file -> file.getFileName().toString())
                    .filter(LogUtil::isLogFileName)
                    .forEach(name -> there.add(LogUtil.getAddress(name)));
        }
        return there;
    }

    private void write(NavigableSet<Long> files) throws IOException {
        new LogFileList(log, files).write(folder);
        listed = files;
    }

    /** Says that a commit is synced and about to be acknowledged. Where that cannot be noted, less is known after a crash. */
    void acknowledge(long address, long newRevision) {
        synchronized (noting) {
            acknowledged = Math.max(acknowledged, address);
            revision = Math.max(revision, newRevision);
            try {
                note.write(new State(log, acknowledged, revision));
                noteFailed = false;
            } catch (IOException e) {
                if (!noteFailed) {
                    logger.warn("how far the log in {} was acknowledged cannot be noted: {}", folder, e.toString());
                }
                noteFailed = true;
            }
        }
    }

    /** Allows an old file to be removed: what was in use of it was written again, and that is synced. */
    void allowRemoval(long address) {
        cleaned.add(address);
    }

    /** @throws ImageException.DataLoss when a file holds what was acknowledged and may not be removed */
    void requireRemovable(long address) {
        if (address < acknowledged && !cleaned.contains(address)) {
            throw new ImageException.DataLoss(
                    "file " + LogUtil.getLogFilename(address) + " would be deleted, which holds acknowledged writes",
                    null);
        }
    }

    /** @throws ImageException.DataLoss when acknowledged commits are behind an address, from which on the log would be cut */
    void requireCuttable(long address) {
        if (address < acknowledged) {
            throw new ImageException.DataLoss(
                    "the log ends at address " + address + ", and writes up to " + acknowledged + " were acknowledged",
                    null);
        }
    }

    @Override
    public void close() {
        synchronized (noting) {
            try {
                note.close();
            } catch (IOException e) {
                logger.warn("how far the log in {} was acknowledged may not be on the disk: {}", folder, e.toString());
            }
        }
    }
}
