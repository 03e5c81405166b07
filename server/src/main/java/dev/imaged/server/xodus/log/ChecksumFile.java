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
import org.jspecify.annotations.Nullable;

/**
 * The file next to a file of the log that holds its checksums and its durable length. Numbers have the most significant byte first.
 *
 * <pre>
 * owner     magic number (8 bytes), id of the log (16), address of the file (8), checksum of these 32 bytes (4)
 * synced    length that was synced (8), checksum of the incomplete page at its end (4), checksum of these 12 bytes (4)
 * syncing   bytes that are about to be synced: from (8), to (8), their checksum (4), checksum of these 20 bytes (4)
 * pages     checksum of each complete page (4 each), 0 for a page without one
 * </pre>
 *
 * <p>In a file that an older version started, the owner is missing. Not thread-safe.
 */
final class ChecksumFile {
    static final String SUFFIX = ".crc";

    private static final long MAGIC =
            ByteBuffer.wrap("imagedC2".getBytes(StandardCharsets.US_ASCII)).getLong();
    private static final int OWNER_BYTES = 4 * Long.BYTES;

    private static final int SYNCED_BYTES = Long.BYTES + Integer.BYTES;
    private static final int SYNCING_OFFSET = SYNCED_BYTES + Integer.BYTES;
    private static final int SYNCING_BYTES = 2 * Long.BYTES + Integer.BYTES;
    private static final int HEADER_BYTES = SYNCING_OFFSET + SYNCING_BYTES + Integer.BYTES;

    private final Path path;
    private final Owner owner;
    private final int pages;

    /** Where the fields after the owner start; 0 in a file of an older version. */
    private int start = OWNER_BYTES + Integer.BYTES;

    /** Whether the file says that it is ours, or is too old to say so. */
    private boolean owned;

    /** The owner that the file names, if it is another one. */
    private @Nullable Owner stranger;

    /** Not a channel, which an interrupt would close. */
    private @Nullable RandomAccessFile file;

    /**
     * The file of a log that checksums belong to.
     *
     * @param log the id of the log
     * @param address of the file in it
     */
    record Owner(UUID log, long address) {}

    /** The length that was synced, and the checksum of the bytes after its last complete page. */
    record Synced(long length, int checksum) {
        static final Synced NOTHING = new Synced(0, 0);
    }

    /** Bytes of the file of the log that are about to be synced, or were, and their checksum. */
    record Syncing(long from, long to, int checksum) {
        static final Syncing NOTHING = new Syncing(0, 0, 0);
    }

    /** The content of a file of checksums, without the owner. */
    record Content(Synced synced, Syncing syncing, int[] pages) {}

    /** @param pages how many pages a complete file of the log has */
    ChecksumFile(Path path, Owner owner, int pages) {
        this.path = path;
        this.owner = owner;
        this.pages = pages;
    }

    /** Returns the id of the log that a file of checksums names, null when it names none. */
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
        if (in.getLong() != MAGIC || Checksum.of(bytes, 0, OWNER_BYTES) != in.getInt(OWNER_BYTES)) {
            return null;
        }
        return new Owner(new UUID(in.getLong(), in.getLong()), in.getLong());
    }

    /** Returns the content of the file; nothing, if it is missing, cannot be read or is not ours. */
    Content read() {
        if (Files.exists(path)) {
            try (InputStream in = new FileInputStream(path.toFile())) {
                return parsed(in.readAllBytes());
            } catch (IOException e) {
                // An unreadable file is as good as none.
            }
        }
        return new Content(Synced.NOTHING, Syncing.NOTHING, new int[pages]);
    }

    private Content parsed(byte[] bytes) {
        if (bytes.length == HEADER_BYTES + pages * Integer.BYTES) {
            start = 0;
        }
        owned = bytes.length >= start + HEADER_BYTES && isOwned(bytes);
        Synced synced = Synced.NOTHING;
        Syncing syncing = Syncing.NOTHING;
        int[] checksums = new int[pages];
        if (!owned) {
            return new Content(synced, syncing, checksums);
        }
        ByteBuffer in = ByteBuffer.wrap(bytes);
        if (Checksum.of(bytes, start, SYNCED_BYTES) == in.getInt(start + SYNCED_BYTES)) {
            synced = new Synced(in.getLong(start), in.getInt(start + Long.BYTES));
        }
        int noted = start + SYNCING_OFFSET;
        if (Checksum.of(bytes, noted, SYNCING_BYTES) == in.getInt(noted + SYNCING_BYTES)) {
            in.position(noted);
            syncing = new Syncing(in.getLong(), in.getLong(), in.getInt());
        }
        in.position(start + HEADER_BYTES);
        for (int page = 0; page < pages && in.remaining() >= Integer.BYTES; page++) {
            checksums[page] = in.getInt();
        }
        return new Content(synced, syncing, checksums);
    }

    /** Whether the fields after the owner may be used: the owner is this file of the log, or the version is too old to have one. */
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

    /** Whether the file names its owner. If so, the checksum of a page covers its address, too. */
    boolean tellsOwner() {
        return start > 0;
    }

    /** Returns the owner that the file names if it is another one; null otherwise. */
    @Nullable
    Owner stranger() {
        return stranger;
    }

    boolean isOpen() {
        return file != null;
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
            // The rest of an entry that was cut short would become a wrong one.
            file.setLength(file.length() - (file.length() - start - HEADER_BYTES) % Integer.BYTES);
            file.setLength(bytes());
        }
    }

    private int bytes() {
        return start + HEADER_BYTES + pages * Integer.BYTES;
    }

    private void writeOwner() throws IOException {
        byte[] bytes = new byte[OWNER_BYTES + Integer.BYTES];
        ByteBuffer out = ByteBuffer.wrap(bytes)
                .putLong(MAGIC)
                .putLong(owner.log().getMostSignificantBits())
                .putLong(owner.log().getLeastSignificantBits())
                .putLong(owner.address());
        out.putInt(Checksum.of(bytes, 0, OWNER_BYTES));
        opened().seek(0);
        opened().write(bytes);
    }

    void write(Synced synced) throws IOException {
        byte[] bytes = new byte[SYNCED_BYTES + Integer.BYTES];
        ByteBuffer out = ByteBuffer.wrap(bytes).putLong(synced.length()).putInt(synced.checksum());
        out.putInt(Checksum.of(bytes, 0, SYNCED_BYTES));
        write(0, bytes);
    }

    void write(Syncing syncing) throws IOException {
        byte[] bytes = new byte[SYNCING_BYTES + Integer.BYTES];
        ByteBuffer out = ByteBuffer.wrap(bytes)
                .putLong(syncing.from())
                .putLong(syncing.to())
                .putInt(syncing.checksum());
        out.putInt(Checksum.of(bytes, 0, SYNCING_BYTES));
        write(SYNCING_OFFSET, bytes);
    }

    /**
     * Writes the checksums of some pages in a row.
     *
     * @param first the number of the first page
     */
    void write(int first, int[] checksums, int count) throws IOException {
        ByteBuffer entries = ByteBuffer.allocate(count * Integer.BYTES);
        for (int i = 0; i < count; i++) {
            entries.putInt(checksums[i]);
        }
        write(HEADER_BYTES + (long) first * Integer.BYTES, entries.array());
    }

    private void write(long position, byte[] bytes) throws IOException {
        RandomAccessFile opened = opened();
        opened.seek(start + position);
        opened.write(bytes);
    }

    void sync() throws IOException {
        opened().getFD().sync();
    }

    private RandomAccessFile opened() throws IOException {
        if (file == null) {
            throw new IOException(path + " is not open");
        }
        return file;
    }

    /** Makes the file durable and closes it. */
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
}
