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
 * The expected extent of a log, kept outside of the log: its files, and the address up to which commits were acknowledged. Below that
 * address nothing is cut, removed or overwritten, even if the engine asks for it. Thread-safe.
 */
final class LogLedger implements AutoCloseable {
    /** Is next to the folder of the log, so that it stays when an older copy replaces the folder. */
    static final String NOTE = "imaged.synced";

    private static final Logger logger = LoggerFactory.getLogger(LogLedger.class);

    private final Path folder;
    private final SyncedNote note;
    private final UUID log;
    private final boolean foreignNote;

    /** The files of the list; null when there was no readable list. */
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

    /** Reads the list and the note of the log in a folder; changes nothing. */
    static LogLedger read(Path folder) throws IOException {
        SyncedNote note = SyncedNote.read(folder.toAbsolutePath().resolveSibling(NOTE));
        LogFileList list = LogFileList.read(folder);
        UUID log = knownLog(folder, list, note);
        return new LogLedger(folder, log == null ? UUID.randomUUID() : log, note, list);
    }

    /** Returns the id of the log in a folder, null when nothing tells it. */
    static @Nullable UUID knownLog(Path folder) throws IOException {
        return knownLog(
                folder,
                LogFileList.read(folder),
                SyncedNote.read(folder.toAbsolutePath().resolveSibling(NOTE)));
    }

    private static @Nullable UUID knownLog(Path folder, @Nullable LogFileList list, SyncedNote note)
            throws IOException {
        State state = note.state();
        return list != null ? list.log() : state != null ? state.log() : logOfChecksums(folder);
    }

    /** Returns the id in the newest file of checksums, null when none has one. */
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

    /** Whether the note of the newest commit is that of another log. */
    boolean hasForeignNote() {
        return foreignNote;
    }

    /** Returns where the newest acknowledged commit ends, as far as is known; 0 if none is. */
    long acknowledged() {
        return acknowledged;
    }

    /** Returns the revision of the newest acknowledged change, as far as is known; 0 if none is. */
    long revision() {
        return revision;
    }

    /** Returns the files that there have to be below an address; none when there is no list. */
    synchronized NavigableSet<Long> listedBelow(long address) {
        return listed == null ? new TreeSet<>() : new TreeSet<>(listed.headSet(address, false));
    }

    /** Returns the files that are newer than all listed ones. A file is listed before it is made. */
    synchronized NavigableSet<Long> unlistedNewer(NavigableSet<Long> files) {
        return listed == null || listed.isEmpty() ? new TreeSet<>() : files.tailSet(listed.last(), false);
    }

    /** Whether a file left the list, because it was cleaned. */
    synchronized boolean isDropped(long address) {
        return listed != null && !listed.isEmpty() && address < listed.last() && !listed.contains(address);
    }

    /**
     * Returns the files that are not listed although newer ones are. Their used parts were written again, and a crash came before they
     * were deleted.
     */
    synchronized NavigableSet<Long> leftOver(NavigableSet<Long> files) {
        NavigableSet<Long> left = new TreeSet<>(files);
        left.removeIf(address -> !isDropped(address));
        return left;
    }

    /** Lists the existing files, unless there is a list. */
    synchronized void adopt(NavigableSet<Long> files) throws IOException {
        if (listed == null) {
            write(new TreeSet<>(files));
        }
    }

    /** Lists a new file, durably. If there is no list yet, it gets all existing files. */
    synchronized void created(long address) throws IOException {
        NavigableSet<Long> files = listed == null ? filesThere() : new TreeSet<>(listed);
        if (files.add(address) || listed == null) {
            write(files);
        }
    }

    /** Drops a file from the list, durably: an old file before it is deleted, a file at the end afterwards. */
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

    /** Notes that a commit is synced and about to be acknowledged. If that fails, less is known after a crash. */
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

    /** Allows an old file to be removed: its used parts were written again, and synced. */
    void allowRemoval(long address) {
        cleaned.add(address);
    }

    /** @throws ImageException.DataLoss when a file holds acknowledged writes, and may not be removed */
    void requireRemovable(long address) {
        if (address < acknowledged && !cleaned.contains(address)) {
            throw new ImageException.DataLoss(
                    "file " + LogUtil.getLogFilename(address) + " would be deleted, which holds acknowledged writes",
                    null);
        }
    }

    /** @throws ImageException.DataLoss when a cut of the log at an address would remove acknowledged commits */
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
