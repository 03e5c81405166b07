package dev.imaged.server.xodus.log;

import dev.imaged.server.xodus.log.ChecksumFile.Content;
import dev.imaged.server.xodus.log.ChecksumFile.Owner;
import dev.imaged.server.xodus.log.ChecksumFile.Synced;
import dev.imaged.server.xodus.log.ChecksumFile.Syncing;
import java.io.IOException;
import java.nio.file.Path;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * The checksums and the durable length of one file of the log, kept in a {@link ChecksumFile} next to it. The checksum of a page is of
 * its address in the log (8 bytes) and its bytes, so that a page in the wrong place is found, too. In files that an older
 * version started it is of the bytes alone.
 *
 * <p>An entry is written once its bytes are synced, and is not synced itself. After a power cut entries may be missing, and
 * their pages are not checked, but no entry is wrong. For one thread, but for {@link #problem} and {@link #checkedLength},
 * which any thread may call.
 */
final class PageChecksums {
    private final ChecksumFile file;
    private final long address;
    private final int pageBytes;
    private final int[] pages;
    private volatile Synced synced;
    private Syncing syncing;

    private PageChecksums(ChecksumFile file, long address, int pageBytes) {
        this.file = file;
        this.address = address;
        this.pageBytes = pageBytes;
        Content content = file.read();
        this.pages = content.pages();
        this.synced = content.synced();
        this.syncing = content.syncing();
    }

    /** Reads the checksums of a file; none are known if they cannot be read. */
    static PageChecksums read(Path path, Owner owner, int pageBytes, long fileBytes) {
        ChecksumFile file = new ChecksumFile(path, owner, (int) (fileBytes / pageBytes));
        return new PageChecksums(file, owner.address(), pageBytes);
    }

    /** Returns the file that the checksums belong to if it is another one; null otherwise. */
    @Nullable
    Owner stranger() {
        return file.stranger();
    }

    /** How many bytes of the file were synced, as far as is known. */
    long syncedLength() {
        return synced.length();
    }

    /** Returns the end of the last byte that may have a checksum now. */
    long checkedLength() {
        int known = pages.length;
        while (known > 0 && pages[known - 1] == 0) {
            known--;
        }
        return Math.max(synced.length(), (long) known * pageBytes);
    }

    /** Returns the range that was about to be synced at the last write of an entry. */
    Syncing syncing() {
        return syncing;
    }

    /**
     * Compares what was read of the file.
     *
     * @param position where in the file, in bytes
     * @return where the file differs from its checksums, in bytes; -1 if it does not, or has none there
     */
    long problem(long position, byte[] bytes, int offset, int count) {
        long page = (position + pageBytes - 1) / pageBytes;
        for (; (page + 1) * pageBytes <= position + count && page < pages.length; page++) {
            int at = offset + (int) (page * pageBytes - position);
            if (pages[(int) page] != 0 && pages[(int) page] != checksum(page, bytes, at, pageBytes)) {
                return page * pageBytes;
            }
        }
        Synced end = synced;
        int incomplete = (int) (end.length() % pageBytes);
        long last = end.length() - incomplete;
        boolean isRead = incomplete > 0 && last >= position && end.length() <= position + count;
        return isRead
                        && end.checksum()
                                != checksum(last / pageBytes, bytes, offset + (int) (last - position), incomplete)
                ? last
                : -1;
    }

    /** Returns the checksum of a page, or of its start. */
    int checksum(long page, byte[] bytes, int offset, int count) {
        CRC32C crc = new CRC32C();
        start(crc, page);
        crc.update(bytes, offset, count);
        return Checksum.of(crc);
    }

    /** Starts the checksum of a page, to which its bytes are then added. */
    void start(CRC32C crc, long page) {
        crc.reset();
        if (file.tellsOwner()) {
            long pageAddress = address + page * pageBytes;
            for (int shift = Long.SIZE - Byte.SIZE; shift >= 0; shift -= Byte.SIZE) {
                crc.update((int) (pageAddress >>> shift));
            }
        }
    }

    /** Prepares for entries. */
    void open() throws IOException {
        file.open();
    }

    /** Notes the range that is synced next, so that after a crash it shows whether the range is whole. */
    void syncing(Syncing next) throws IOException {
        syncing = next;
        file.write(next);
    }

    /**
     * Adds the checksums of pages that are complete and synced.
     *
     * @param first the number of the first
     * @param length how many bytes of the file are synced now
     * @param incomplete the checksum of the bytes after the last complete page
     */
    void synced(int first, int[] checksums, int count, long length, int incomplete) throws IOException {
        if (count > 0) {
            System.arraycopy(checksums, 0, pages, first, count);
            file.write(first, checksums, count);
        }
        synced(new Synced(length, incomplete));
    }

    private void synced(Synced now) throws IOException {
        synced = now;
        file.write(now);
    }

    /**
     * Forgets the checksums behind a length and the range that was about to be synced, durably. After a power cut they must not be
     * compared with other bytes that were written there.
     *
     * @throws IOException when they may not be forgotten
     */
    void truncate(long length) throws IOException {
        boolean isNoted = syncing.to() > synced.length();
        if (checkedLength() <= length && !isNoted) {
            return;
        }
        for (int page = (int) (length / pageBytes); page < pages.length; page++) {
            pages[page] = 0;
        }
        boolean wasOpen = file.isOpen();
        if (!wasOpen) {
            file.open();
        }
        file.write(0, pages, pages.length);
        syncing(Syncing.NOTHING);
        if (synced.length() > length) {
            // Nothing is known of an incomplete page at the new end.
            synced(new Synced(length - length % pageBytes, 0));
        }
        file.sync();
        if (!wasOpen) {
            file.close();
        }
    }

    /** Makes the entries durable, and takes no more. */
    void close() throws IOException {
        file.close();
    }

    /** Takes no more entries, and does not make those before durable. */
    void abandon() throws IOException {
        file.abandon();
    }
}
