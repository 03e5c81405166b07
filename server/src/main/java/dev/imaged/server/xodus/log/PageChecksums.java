package dev.imaged.server.xodus.log;

import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * What is known to be durable of one file of the log, in a file next to it. It starts with whose it is: a magic number (8
 * bytes), the id of the log (16), the address of the file (8), the checksum of these 32 bytes (4). Then come the length that
 * was synced (8), the checksum of the incomplete page at its end (4), the checksum of these twelve bytes (4); what is about to
 * be synced: from where (8) to where (8), its checksum (4), the checksum of these twenty bytes (4); then the checksum of each
 * complete page (4 each, 0 for none). A checksum is a CRC32C; that of a page is of its address in the log (8 bytes) and its
 * bytes, so that a page in the wrong place is found, too.
 *
 * <p>Files that an older version began do not say whose they are, and the checksums of their pages are of the bytes alone.
 *
 * <p>An entry is written once its bytes are synced, and is not synced itself: after a power cut entries may be missing,
 * which leaves pages unchecked, but none is wrong. For one thread, but for {@link #problem} and {@link #checkedLength}, which
 * any may call.
 */
final class PageChecksums {
    static final String SUFFIX = ".crc";

    private static final long MAGIC =
            ByteBuffer.wrap("imagedC2".getBytes(StandardCharsets.US_ASCII)).getLong();
    private static final int OWNER_BYTES = 4 * Long.BYTES;

    private static final int LENGTH_BYTES = Long.BYTES + Integer.BYTES;
    private static final int SYNCING_OFFSET = LENGTH_BYTES + Integer.BYTES;
    private static final int SYNCING_BYTES = 2 * Long.BYTES + Integer.BYTES;
    private static final int HEADER_BYTES = SYNCING_OFFSET + SYNCING_BYTES + Integer.BYTES;

    private final Path path;
    private final Owner owner;
    private final int pageBytes;
    private final int[] pages;

    /** Where what follows the owner begins; 0 in a file of an older version. */
    private int start = OWNER_BYTES + Integer.BYTES;

    /** Whether the file says that it is ours, or is too old to say so. */
    private boolean owned;

    /** Whose the file is, if that is somebody else. */
    private @Nullable Owner stranger;

    private volatile Tail tail = new Tail(0, 0);
    private Syncing syncing = new Syncing(0, 0, 0);

    /** Not a channel, which an interrupt would close. */
    private @Nullable RandomAccessFile file;

    /**
     * What the checksums are of.
     *
     * @param log the id of the log
     * @param address of the file in it
     */
    record Owner(UUID log, long address) {}

    /** Bytes of the file that are about to be synced, or were, and their checksum. */
    record Syncing(long from, long to, int checksum) {}

    /** The length that was synced, and the checksum of what is behind the last complete page of that. */
    private record Tail(long length, int checksum) {}

    private PageChecksums(Path path, Owner owner, int pageBytes, long fileBytes) {
        this.path = path;
        this.owner = owner;
        this.pageBytes = pageBytes;
        this.pages = new int[(int) (fileBytes / pageBytes)];
    }

    /** Reads what is known of a file; nothing, if that cannot be read. */
    static PageChecksums read(Path path, Owner owner, int pageBytes, long fileBytes) {
        PageChecksums checksums = new PageChecksums(path, owner, pageBytes, fileBytes);
        if (Files.exists(path)) {
            try (InputStream in = new FileInputStream(path.toFile())) {
                checksums.parse(in.readAllBytes());
            } catch (IOException e) {
                // What cannot be read is not known.
            }
        }
        return checksums;
    }

    /** Returns the id of the log that a file of checksums tells, null when it tells none. */
    static @Nullable UUID logOf(Path path) {
        try (InputStream in = new FileInputStream(path.toFile())) {
            Owner owner = ownerIn(in.readNBytes(OWNER_BYTES + Integer.BYTES));
            return owner == null ? null : owner.log();
        } catch (IOException e) {
            return null;
        }
    }

    private static @Nullable Owner ownerIn(byte[] bytes) {
        if (bytes.length < OWNER_BYTES + Integer.BYTES) {
            return null;
        }
        ByteBuffer in = ByteBuffer.wrap(bytes);
        if (in.getLong() != MAGIC || crc(bytes, 0, OWNER_BYTES) != in.getInt(OWNER_BYTES)) {
            return null;
        }
        return new Owner(new UUID(in.getLong(), in.getLong()), in.getLong());
    }

    private void parse(byte[] bytes) {
        if (bytes.length == HEADER_BYTES + pages.length * Integer.BYTES) {
            start = 0;
        }
        owned = bytes.length >= start + HEADER_BYTES && isOwned(bytes);
        if (!owned) {
            return;
        }
        ByteBuffer in = ByteBuffer.wrap(bytes);
        if (crc(bytes, start, LENGTH_BYTES) == in.getInt(start + LENGTH_BYTES)) {
            tail = new Tail(in.getLong(start), in.getInt(start + Long.BYTES));
        }
        int noted = start + SYNCING_OFFSET;
        if (crc(bytes, noted, SYNCING_BYTES) == in.getInt(noted + SYNCING_BYTES)) {
            in.position(noted);
            syncing = new Syncing(in.getLong(), in.getLong(), in.getInt());
        }
        in.position(start + HEADER_BYTES);
        for (int page = 0; page < pages.length && in.remaining() >= Integer.BYTES; page++) {
            pages[page] = in.getInt();
        }
    }

    /** Says whether what follows may be used; what does not say whose it is, or is not ours, is not. */
    private boolean isOwned(byte[] bytes) {
        if (start == 0) {
            return true;
        }
        Owner found = ownerIn(bytes);
        if (found == null) {
            return false;
        }
        stranger = found.equals(owner) ? null : found;
        return stranger == null;
    }

    /** Returns what the checksums are of if it is not this file; null otherwise. */
    @Nullable
    Owner stranger() {
        return stranger;
    }

    /** How many bytes of the file were synced, as far as is known. */
    long syncedLength() {
        return tail.length;
    }

    /** Up to where any byte of the file may have a checksum now. */
    long checkedLength() {
        int known = pages.length;
        while (known > 0 && pages[known - 1] == 0) {
            known--;
        }
        return Math.max(tail.length, (long) known * pageBytes);
    }

    /** What was about to be synced when something was written here for the last time. */
    Syncing syncing() {
        return syncing;
    }

    /**
     * Compares what was read of the file.
     *
     * @param position where in the file, in bytes
     * @return where the file differs from its checksums, in bytes; -1 if it does not, or is not known
     */
    long problem(long position, byte[] bytes, int offset, int count) {
        long page = (position + pageBytes - 1) / pageBytes;
        for (; (page + 1) * pageBytes <= position + count && page < pages.length; page++) {
            int at = offset + (int) (page * pageBytes - position);
            if (pages[(int) page] != 0 && pages[(int) page] != pageCrc(page, bytes, at, pageBytes)) {
                return page * pageBytes;
            }
        }
        Tail end = tail;
        int incomplete = (int) (end.length % pageBytes);
        long last = end.length - incomplete;
        boolean isRead = incomplete > 0 && last >= position && end.length <= position + count;
        return isRead && end.checksum != pageCrc(last / pageBytes, bytes, offset + (int) (last - position), incomplete)
                ? last
                : -1;
    }

    /** Returns the checksum of a page, or of its beginning. */
    int pageCrc(long page, byte[] bytes, int offset, int count) {
        CRC32C crc = new CRC32C();
        begin(crc, page);
        crc.update(bytes, offset, count);
        return nonZero(crc);
    }

    /** Starts the checksum of a page, to which its bytes are then added. */
    void begin(CRC32C crc, long page) {
        crc.reset();
        if (start > 0) {
            long address = owner.address() + page * pageBytes;
            for (int shift = Long.SIZE - Byte.SIZE; shift >= 0; shift -= Byte.SIZE) {
                crc.update((int) (address >>> shift));
            }
        }
    }

    /** Prepares for entries. */
    void open() throws IOException {
        PrivateFiles.createFile(path);
        file = new RandomAccessFile(path.toFile(), "rw");
        if (!owned) {
            // Takes its space on the disk now, so that an entry is never cut short.
            file.write(new byte[bytes()]);
            writeOwner();
            owned = true;
        } else if (file.length() < bytes()) {
            // An entry of which only a part is left would become a wrong one.
            file.setLength(file.length() - (file.length() - start - HEADER_BYTES) % Integer.BYTES);
            file.setLength(bytes());
        }
    }

    private int bytes() {
        return start + HEADER_BYTES + pages.length * Integer.BYTES;
    }

    private void writeOwner() throws IOException {
        byte[] bytes = new byte[OWNER_BYTES + Integer.BYTES];
        ByteBuffer out = ByteBuffer.wrap(bytes)
                .putLong(MAGIC)
                .putLong(owner.log().getMostSignificantBits())
                .putLong(owner.log().getLeastSignificantBits())
                .putLong(owner.address());
        out.putInt(crc(bytes, 0, OWNER_BYTES));
        opened().seek(0);
        opened().write(bytes);
    }

    /** Says what is synced next, so that it can be told after a crash whether all of it is there. */
    void syncing(Syncing next) throws IOException {
        syncing = next;
        byte[] bytes = new byte[SYNCING_BYTES + Integer.BYTES];
        ByteBuffer out =
                ByteBuffer.wrap(bytes).putLong(next.from).putLong(next.to).putInt(next.checksum);
        out.putInt(crc(bytes, 0, SYNCING_BYTES));
        write(SYNCING_OFFSET, bytes);
    }

    /**
     * Adds the checksums of pages that are complete and synced.
     *
     * @param first the number of the first
     * @param length how many bytes of the file are synced now
     * @param incomplete the checksum of what is behind the last complete page
     */
    void synced(int first, int[] checksums, int count, long length, int incomplete) throws IOException {
        if (count > 0) {
            ByteBuffer entries = ByteBuffer.allocate(count * Integer.BYTES);
            for (int i = 0; i < count; i++) {
                pages[first + i] = checksums[i];
                entries.putInt(checksums[i]);
            }
            write(HEADER_BYTES + (long) first * Integer.BYTES, entries.array());
        }
        writeLength(length, incomplete);
    }

    /**
     * Forgets what is behind a length and what was about to be synced, durably: other bytes may come there, which must not be
     * taken for those after a power cut.
     *
     * @throws IOException when it may be remembered then
     */
    void truncate(long length) throws IOException {
        boolean isNoted = syncing.to > tail.length;
        if (checkedLength() <= length && !isNoted) {
            return;
        }
        for (int page = (int) (length / pageBytes); page < pages.length; page++) {
            pages[page] = 0;
        }
        boolean wasOpen = file != null;
        if (!wasOpen) {
            open();
        }
        ByteBuffer entries = ByteBuffer.allocate(pages.length * Integer.BYTES);
        for (int page : pages) {
            entries.putInt(page);
        }
        write(HEADER_BYTES, entries.array());
        syncing(new Syncing(0, 0, 0));
        if (tail.length > length) {
            // Of an incomplete page at the new end nothing is known.
            writeLength(length - length % pageBytes, 0);
        }
        sync();
        if (!wasOpen) {
            close();
        }
    }

    private void writeLength(long length, int incomplete) throws IOException {
        tail = new Tail(length, incomplete);
        byte[] header = new byte[SYNCING_OFFSET];
        ByteBuffer out = ByteBuffer.wrap(header).putLong(length).putInt(incomplete);
        out.putInt(crc(header, 0, LENGTH_BYTES));
        write(0, header);
    }

    private void write(long position, byte[] bytes) throws IOException {
        RandomAccessFile opened = opened();
        opened.seek(start + position);
        opened.write(bytes);
    }

    private void sync() throws IOException {
        opened().getFD().sync();
    }

    private RandomAccessFile opened() throws IOException {
        if (file == null) {
            throw new IOException(path + " is not open");
        }
        return file;
    }

    void close() throws IOException {
        if (file != null) {
            try (RandomAccessFile closing = file) {
                file = null;
                closing.getFD().sync();
            }
        }
    }

    /** Closes the file without making it durable. */
    void abandon() throws IOException {
        if (file != null) {
            file.close();
            file = null;
        }
    }

    /** Returns the checksum of some bytes, never 0, which says that there is none. */
    static int crc(byte[] bytes, int offset, int count) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, offset, count);
        return nonZero(crc);
    }

    static int nonZero(CRC32C crc) {
        int value = (int) crc.getValue();
        return value == 0 ? 1 : value;
    }
}
