package dev.imaged.server.xodus.log;

import dev.imaged.server.xodus.log.ChecksumFile.Syncing;
import java.io.IOException;
import java.util.Arrays;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * The checksums of the bytes that were written to one file of the log since its last sync. Not thread-safe.
 */
final class RunningChecksums {
    private static final int FIRST_PAGES = 64;

    private final int pageBytes;
    private final CRC32C page = new CRC32C();
    private final CRC32C unsynced = new CRC32C();

    /** The checksums of the file that is written. They know how the checksum of a page starts. */
    private @Nullable PageChecksums file;

    private long syncedPosition;
    private long position;

    /** The checksums of the pages that became complete since the last sync. */
    private int[] complete = new int[FIRST_PAGES];

    private int completeCount;

    RunningChecksums(int pageBytes) {
        this.pageBytes = pageBytes;
    }

    /**
     * Starts at the end of a file, all of whose bytes count as synced.
     *
     * @param of the checksums of the file; null when it has none
     * @param length of the file, in bytes
     * @param incomplete the bytes of its last page, if that is not complete
     */
    void start(@Nullable PageChecksums of, long length, byte[] incomplete) {
        file = of;
        position = length;
        synced();
        startPage();
        page.update(incomplete, 0, incomplete.length);
    }

    private void startPage() {
        page.reset();
        if (file != null) {
            file.start(page, position / pageBytes);
        }
    }

    /** Adds bytes that were written. */
    void add(byte[] bytes, int offset, int count) {
        unsynced.update(bytes, offset, count);
        int from = offset;
        int left = count;
        while (left > 0) {
            int space = pageBytes - (int) (position % pageBytes);
            int part = Math.min(left, space);
            page.update(bytes, from, part);
            from += part;
            left -= part;
            position += part;
            if (part == space) {
                completePage();
            }
        }
    }

    private void completePage() {
        if (completeCount == complete.length) {
            complete = Arrays.copyOf(complete, 2 * completeCount);
        }
        complete[completeCount++] = Checksum.of(page);
        startPage();
    }

    /** Whether there are bytes that were not synced. */
    boolean isUnsynced() {
        return position > syncedPosition;
    }

    /** How many bytes of the file were synced. */
    long syncedPosition() {
        return syncedPosition;
    }

    /** Returns the range that the next sync makes durable. */
    Syncing unsynced() {
        return new Syncing(syncedPosition, position, Checksum.of(unsynced));
    }

    /** Enters the pages that were synced into the checksums of a file. */
    void enter(PageChecksums into) throws IOException {
        int first = (int) (position / pageBytes) - completeCount;
        into.synced(first, complete, completeCount, position, Checksum.of(page));
    }

    /** Says that all that was written is synced. */
    void synced() {
        syncedPosition = position;
        unsynced.reset();
        completeCount = 0;
    }
}
