package dev.imaged.server.xodus.log;

import dev.imaged.server.xodus.log.CheckedReader.CheckedBlock;
import dev.imaged.server.xodus.log.PageChecksums.Syncing;
import java.io.IOException;
import java.util.Arrays;
import java.util.concurrent.locks.Lock;
import java.util.zip.CRC32C;
import jetbrains.exodus.ExodusException;
import jetbrains.exodus.io.Block;
import jetbrains.exodus.io.DataWriter;
import jetbrains.exodus.io.RemoveBlockType;
import org.jspecify.annotations.Nullable;

/**
 * Writes the files of a log, and the checksums of what was synced. Thread-safe: the engine removes files on a thread of its own
 * while another writes.
 */
final class CheckedWriter implements DataWriter {
    private static final int FIRST_PAGES = 64;

    private final DataWriter files;
    private final OpenFiles open;
    private final ChecksumFolder folder;
    private final Lock removal;
    private final Runnable check;
    private final CRC32C page = new CRC32C();
    private final CRC32C unsynced = new CRC32C();
    private long syncedPosition;
    private @Nullable PageChecksums checksums;
    private long position;

    /** The pages that became complete since the last sync. */
    private int[] complete = new int[FIRST_PAGES];

    private int completeCount;
    private boolean written;
    private @Nullable Throwable failure;

    /**
     * @param removal held while a file is removed
     * @param check runs once the folder is locked, before anything is read
     */
    CheckedWriter(DataWriter files, OpenFiles open, ChecksumFolder folder, Lock removal, Runnable check) {
        this.files = files;
        this.open = open;
        this.folder = folder;
        this.removal = removal;
        this.check = check;
    }

    @Override
    public boolean isOpen() {
        return files.isOpen();
    }

    @Override
    public synchronized Block openOrCreateBlock(long address, long length) {
        closeChecksums();
        PageChecksums opened = folder.of(address);
        truncate(opened, length);
        folder.attempt(opened::open);
        Block block = files.openOrCreateBlock(address, length);
        position = length;
        syncedPosition = length;
        unsynced.reset();
        completeCount = 0;
        written = false;
        int incomplete = (int) (length % folder.pageBytes());
        byte[] bytes = new byte[incomplete];
        page.reset();
        if (incomplete > 0) {
            page.update(bytes, 0, block.read(bytes, length - incomplete, 0, incomplete));
        }
        checksums = opened;
        return new CheckedBlock(block, open, folder);
    }

    /** After one that failed there is no other: the engine may not know where the file ends. */
    @Override
    public synchronized Block write(byte[] bytes, int offset, int count) {
        if (failure != null) {
            throw new ExodusException("a write before this one failed", failure);
        }
        Block block;
        try {
            block = files.write(bytes, offset, count);
        } catch (Throwable e) {
            failure = e;
            throw e;
        }
        int from = offset;
        int left = count;
        while (left > 0) {
            int space = folder.pageBytes() - (int) (position % folder.pageBytes());
            int part = Math.min(left, space);
            page.update(bytes, from, part);
            from += part;
            left -= part;
            position += part;
            if (part == space) {
                completePage();
            }
        }
        unsynced.update(bytes, offset, count);
        written = true;
        return new CheckedBlock(block, open, folder);
    }

    private void completePage() {
        if (completeCount == complete.length) {
            complete = Arrays.copyOf(complete, 2 * completeCount);
        }
        complete[completeCount++] = PageChecksums.nonZero(page);
        page.reset();
    }

    @Override
    public synchronized void sync() {
        PageChecksums current = checksums;
        if (current == null || !written || failure != null) {
            files.sync();
            return;
        }
        folder.attempt(() -> current.syncing(new Syncing(syncedPosition, position, PageChecksums.nonZero(unsynced))));
        try {
            files.sync();
        } catch (Throwable e) {
            failure = e;
            // The system may forget what it could not write: a later sync would succeed without it.
            folder.attempt(() -> current.syncing(new Syncing(syncedPosition, Long.MAX_VALUE, 0)));
            throw e;
        }
        int first = (int) (position / folder.pageBytes()) - completeCount;
        folder.attempt(() -> current.synced(first, complete, completeCount, position, PageChecksums.nonZero(page)));
        syncedPosition = position;
        unsynced.reset();
        completeCount = 0;
        written = false;
    }

    @Override
    public void syncDirectory() {
        files.syncDirectory();
    }

    @Override
    public synchronized void close() {
        closeChecksums();
        files.close();
    }

    private void closeChecksums() {
        PageChecksums current = checksums;
        checksums = null;
        if (current != null) {
            folder.attempt(current::close);
        }
    }

    @Override
    public void clear() {
        throw new UnsupportedOperationException("a log is never cleared");
    }

    /**
     * What is still needed of the file was copied, and has to be on the disk before the file goes. Its checksums go first:
     * checksums without a file would say that it was lost.
     */
    @Override
    public void removeBlock(long address, RemoveBlockType type) {
        removal.lock(); // before that of this writer, which commits need
        try {
            remove(address, type);
        } finally {
            removal.unlock();
        }
    }

    private synchronized void remove(long address, RemoveBlockType type) {
        if (isOpen()) {
            sync();
        }
        folder.delete(address);
        files.removeBlock(address, type);
        open.close(address);
    }

    @Override
    public synchronized void truncateBlock(long address, long length) {
        truncate(folder.of(address), length);
        files.truncateBlock(address, length);
    }

    private static void truncate(PageChecksums checksums, long length) {
        try {
            checksums.truncate(length);
        } catch (IOException e) {
            throw new ExodusException("checksums that do not hold any more cannot be forgotten: " + e, e);
        }
    }

    /** Whether a write or a sync failed, after which the log has to be opened again. */
    synchronized boolean hasFailed() {
        return failure != null;
    }

    @Override
    public boolean lock(long timeout) {
        if (!files.lock(timeout)) {
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

    @Override
    public boolean release() {
        return files.release();
    }

    @Override
    public @Nullable String lockInfo() {
        return files.lockInfo();
    }
}
