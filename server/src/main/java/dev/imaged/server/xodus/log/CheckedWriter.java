package dev.imaged.server.xodus.log;

import dev.imaged.errors.ImageException;
import dev.imaged.server.xodus.log.ChecksumFile.Syncing;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Lock;
import jetbrains.exodus.ExodusException;
import jetbrains.exodus.io.Block;
import jetbrains.exodus.io.DataWriter;
import jetbrains.exodus.io.RemoveBlockType;
import jetbrains.exodus.log.LogUtil;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes the files of a log, and the checksums of the bytes that were synced. Thread-safe: the engine removes files on one thread
 * while another thread writes.
 *
 * <p>After a write or a sync that failed, nothing is written until {@link #repair}. Meanwhile the engine rolls its own state back,
 * and goes on reading.
 */
final class CheckedWriter implements DataWriter {
    private static final Logger logger = LoggerFactory.getLogger(CheckedWriter.class);

    private final DataWriter files;
    private final CheckedReader reader;
    private final ReadHandles open;
    private final ChecksumFolder folder;
    private final LogLedger ledger;
    private final Lock removal;
    private final Runnable check;
    private final RunningChecksums running;
    private @Nullable PageChecksums checksums;
    private final NewestFile newest = new NewestFile();
    private long address;
    private boolean isOpen;
    private boolean closing;

    /** Whether checksums of the newest file could not be written. */
    private boolean behind;

    private volatile @Nullable Throwable failure;
    private volatile boolean isLockedByOther;
    private final AtomicLong failures = new AtomicLong();

    /**
     * @param reader makes the blocks that the engine reads
     * @param removal held while a file is removed
     * @param check runs once the folder is locked, before anything is read
     */
    CheckedWriter(
            DataWriter files,
            CheckedReader reader,
            ReadHandles open,
            ChecksumFolder folder,
            LogLedger ledger,
            Lock removal,
            Runnable check) {
        this.files = files;
        this.reader = reader;
        this.open = open;
        this.folder = folder;
        this.ledger = ledger;
        this.removal = removal;
        this.check = check;
        this.running = new RunningChecksums(folder.pageBytes());
    }

    @Override
    public synchronized boolean isOpen() {
        return isOpen;
    }

    @Override
    public synchronized Block openOrCreateBlock(long fileAddress, long length) {
        ledger.requireCuttable(fileAddress + length);
        if (failure != null) { // the engine goes back to the state before the failure
            isOpen = true;
            return reader.block(fileAddress);
        }
        try {
            return openFile(fileAddress, length);
        } catch (Throwable e) {
            failed(e);
            throw e;
        }
    }

    private Block openFile(long fileAddress, long length) {
        newest.requireSame(); // another folder in this place must not be changed
        if (length > 0 && !Files.exists(path(fileAddress))) {
            throw new ExodusException("file " + path(fileAddress) + " is gone");
        }
        closeChecksums();
        @Nullable PageChecksums opened = folder.of(fileAddress);
        try {
            ledger.created(fileAddress);
            opened.truncate(length);
        } catch (IOException e) {
            throw new ExodusException("file " + LogUtil.getLogFilename(fileAddress) + " cannot be opened: " + e, e);
        }
        behind = false;
        if (!folder.attempt(opened::open)) {
            folder.delete(fileAddress); // its entries would be out of date
            opened = null;
        }
        Block block = files.openOrCreateBlock(fileAddress, length);
        isOpen = true;
        address = fileAddress;
        running.start(opened, length, incompletePage(block, length));
        checksums = opened;
        newest.remember(path(fileAddress));
        keepOpen(fileAddress);
        return reader.checked(block);
    }

    private byte[] incompletePage(Block block, long length) {
        int incomplete = (int) (length % folder.pageBytes());
        byte[] bytes = new byte[incomplete];
        return incomplete == 0 ? bytes : Arrays.copyOf(bytes, block.read(bytes, length - incomplete, 0, incomplete));
    }

    private void keepOpen(long fileAddress) {
        try {
            open.open(fileAddress);
        } catch (IOException e) {
            logger.debug("file {} is opened when it is read", path(fileAddress), e);
        }
    }

    /**
     * Never throws: the next sync reports a failed write, and everything until then is dropped. If a write throws, the engine rolls back
     * to an end of the log that lies on another page than the engine assumes.
     */
    @Override
    public synchronized Block write(byte[] bytes, int offset, int count) {
        if (failure != null) {
            return reader.block(address);
        }
        Block block;
        try {
            block = files.write(bytes, offset, count);
        } catch (Throwable e) {
            failed(e);
            return reader.block(address);
        }
        running.add(bytes, offset, count);
        return reader.checked(block);
    }

    @Override
    public synchronized void sync() {
        try {
            requireNoFailure();
            syncWritten();
        } catch (Throwable e) {
            if (!closing) {
                throw e;
            }
            // Nothing was acknowledged that could not be synced.
            logger.warn("the log in {} is closed after a write that failed: {}", folder.folder(), e.toString());
        }
    }

    private void syncWritten() {
        PageChecksums current = checksums;
        if (current == null || !running.isUnsynced()) {
            files.sync();
            return;
        }
        note(() -> current.syncing(running.unsynced()));
        try {
            files.sync();
            newest.look();
        } catch (Throwable e) {
            failed(e);
            throw e;
        }
        note(() -> running.enter(current));
        running.synced();
    }

    /** Writes checksums. If that fails they are out of date, and are deleted when the file is complete. */
    private void note(ChecksumFolder.Action action) {
        behind |= !folder.attempt(action);
    }

    /** Notes that nothing behind the last sync may be taken for stored, even if it is on the disk. */
    private void failed(Throwable error) {
        failure = error;
        failures.incrementAndGet();
        PageChecksums current = checksums;
        if (current != null) {
            // The system may forget what it could not write: a later sync would succeed without it.
            folder.attempt(() -> current.syncing(new Syncing(running.syncedPosition(), Long.MAX_VALUE, 0)));
        }
    }

    private void requireNoFailure() {
        Throwable before = failure;
        if (before != null) {
            throw new ExodusException("a write before this one failed: " + before.getMessage(), before);
        }
    }

    private Path path(long fileAddress) {
        return folder.folder().resolve(LogUtil.getLogFilename(fileAddress));
    }

    @Override
    public void syncDirectory() {
        files.syncDirectory();
    }

    @Override
    public synchronized void close() {
        isOpen = false;
        closeChecksums();
        try {
            files.close();
        } catch (RuntimeException e) {
            if (failure == null) {
                throw e;
            }
        }
    }

    /** Says that the log is about to be closed, whatever state it is in. From now on a failed sync does not throw. */
    synchronized void closing() {
        closing = true;
    }

    private void closeChecksums() {
        PageChecksums current = checksums;
        checksums = null;
        if (current == null) {
            return;
        }
        if (failure != null) {
            folder.attempt(current::abandon); // their note says what must not be kept
            return;
        }
        note(current::close);
        if (behind) {
            folder.delete(address); // a complete file has all its checksums or none
        }
    }

    @Override
    public void clear() {
        throw new UnsupportedOperationException("a log is never cleared");
    }

    /**
     * Removes a file. Its checksums go first: checksums without a file would mean that the file was lost.
     *
     * <p>The used parts of an old file were written again and synced before. It leaves the list before it is deleted, because the
     * next start deletes an old file that is not listed. A file at the end leaves the list after it is deleted, because the next
     * start refuses a newer file that is not listed.
     */
    @Override
    public void removeBlock(long fileAddress, RemoveBlockType type) {
        ledger.requireRemovable(fileAddress);
        if (fileAddress >= ledger.acknowledged()) { // no reader sees this file, so nobody copies it
            removeEnd(fileAddress, type);
            return;
        }
        removal.lock(); // before the lock of this writer, which commits need
        try {
            removeOld(fileAddress, type);
        } finally {
            removal.unlock();
        }
    }

    private synchronized void removeEnd(long fileAddress, RemoveBlockType type) {
        // After a failure the engine only goes back to the state before it, and a repair deletes the file.
        if (failure == null) {
            newest.requireSame();
            deleteEnd(fileAddress, type);
        }
    }

    private void deleteEnd(long fileAddress, RemoveBlockType type) {
        delete(fileAddress, type);
        files.syncDirectory();
        drop(fileAddress);
    }

    private void removeOld(long fileAddress, RemoveBlockType type) {
        synchronized (this) {
            requireNoFailure();
            newest.requireSame(); // nothing may be deleted in another folder in this place
            if (isOpen) {
                sync();
            }
        }
        drop(fileAddress); // takes two syncs, which commits do not wait for
        synchronized (this) {
            newest.requireSame();
            delete(fileAddress, type);
        }
    }

    private void drop(long fileAddress) {
        try {
            ledger.removed(fileAddress);
        } catch (IOException e) {
            throw new ExodusException("file " + LogUtil.getLogFilename(fileAddress) + " cannot be deleted: " + e, e);
        }
    }

    private void delete(long fileAddress, RemoveBlockType type) {
        folder.delete(fileAddress);
        if (fileAddress == address) {
            newest.forget();
        }
        files.removeBlock(fileAddress, type);
        open.close(fileAddress);
    }

    /** Remembers which file is the newest, before it is written for the first time. */
    synchronized void watch(long fileAddress) {
        address = fileAddress;
        newest.remember(path(fileAddress));
    }

    @Override
    public synchronized void truncateBlock(long fileAddress, long length) {
        ledger.requireCuttable(fileAddress + length);
        if (failure == null) {
            newest.requireSame(); // nothing may be made or cut in another folder in this place
            truncate(fileAddress, length);
        }
    }

    /**
     * Cuts a file and forgets its checksums. Unsynced bytes are cut off before their note is forgotten, so that a crash in between does
     * not bring back a refused write. For synced bytes it is the other way round, so that the file is never shorter than its
     * checksums say.
     */
    private void truncate(long fileAddress, long length) {
        PageChecksums known = folder.of(fileAddress);
        boolean isUnsynced = known.syncedLength() <= length;
        if (isUnsynced) {
            files.truncateBlock(fileAddress, length);
        }
        try {
            known.truncate(length);
        } catch (IOException e) {
            throw new ExodusException("checksums that are out of date cannot be deleted: " + e, e);
        }
        if (!isUnsynced) {
            files.truncateBlock(fileAddress, length);
        }
    }

    /** Returns how many writes and syncs failed so far. */
    long failures() {
        return failures.get();
    }

    /** Whether a write or a sync failed, so that nothing is written until {@link #repair}. */
    boolean hasFailed() {
        return failure != null;
    }

    /**
     * Removes the rest of failed writes, so that writes are possible again; for a time when nobody writes. The last page that was synced
     * is written and synced once more, which shows whether the disk works again.
     *
     * @param end where the log ends, in the state that the engine went back to
     * @param newer the files behind that
     * @throws IOException when the disk does not work yet; nothing else may be written then
     */
    synchronized void repair(long end, Iterable<Long> newer) throws IOException {
        ledger.requireCuttable(end);
        try {
            newest.requireSame();
            close();
            for (long file : newer) {
                deleteEnd(file, RemoveBlockType.Delete);
            }
            long length = end % folder.fileBytes();
            if (length > 0) {
                UnsyncedTail.requireLength(path(end - length), length);
                truncate(end - length, length);
                UnsyncedTail.rewrite(path(end - length), length, folder.pageBytes());
            }
            probe(end - length, length);
            failure = null;
        } catch (ImageException | ExodusException e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    /** Opens, syncs and closes the newest file, by the same writer as the engine's. */
    private void probe(long fileAddress, long length) {
        if (length > 0) {
            files.openOrCreateBlock(fileAddress, length);
            try {
                files.sync();
            } finally {
                files.close();
            }
        }
    }

    @Override
    public boolean lock(long timeout) {
        isLockedByOther = !files.lock(timeout);
        if (isLockedByOther) {
            return false;
        }
        try {
            check.run();
            return true;
        } catch (RuntimeException e) {
            files.release();
            throw e;
        }
    }

    /** Whether another process held the engine's own lock when it was last asked for. */
    boolean isLockedByOther() {
        return isLockedByOther;
    }

    @Override
    public boolean release() {
        return files.release();
    }

    @Override
    public @Nullable String lockInfo() {
        return files.lockInfo();
    }
}
