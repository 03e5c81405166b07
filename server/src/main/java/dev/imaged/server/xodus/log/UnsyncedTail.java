package dev.imaged.server.xodus.log;

import dev.imaged.server.xodus.log.ChecksumFile.Syncing;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import jetbrains.exodus.log.LogUtil;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The bytes of the newest file behind those that are known to be synced, after a crash. The engine takes them for committed if the
 * outline of the commit is whole. But after a power cut, pages in the middle of a commit may be missing.
 */
final class UnsyncedTail {
    private static final Logger log = LoggerFactory.getLogger(UnsyncedTail.class);

    private UnsyncedTail() {}

    /** The state of the bytes behind the synced ones. */
    private enum State {
        NONE,
        WHOLE,
        TORN,
        UNKNOWN
    }

    private static State state(ChecksumFolder folder, long address, long synced) throws IOException {
        PageChecksums checksums = folder.of(address);
        Syncing syncing = checksums.syncing();
        try (FileChannel file = FileChannel.open(path(folder, address), StandardOpenOption.READ)) {
            long written = writtenLength(file, synced);
            if (written <= synced) {
                return State.NONE;
            } else if (syncing.from() != synced || syncing.to() <= synced) {
                return State.UNKNOWN;
            } else if (file.size() < syncing.to() || syncing.checksum() != crc(file, synced, syncing.to())) {
                return State.TORN;
            }
            return written <= syncing.to() ? State.WHOLE : State.UNKNOWN;
        }
    }

    /**
     * Returns where the written bytes end. The rest was allocated only; after a power cut its length may be there without its bytes, which
     * are then zero. The last byte of a commit is not zero.
     */
    private static long writtenLength(FileChannel file, long synced) throws IOException {
        byte[] rest = bytes(file, synced, file.size());
        int length = rest.length;
        while (length > 0 && (rest[length - 1] == LogFileWriter.FILLER || rest[length - 1] == 0)) {
            length--;
        }
        return synced + length;
    }

    /** Returns how many bytes of a file are known to be synced: by its checksums, or because they were acknowledged. */
    private static long synced(ChecksumFolder folder, long address, long acknowledged) {
        return Math.max(folder.of(address).syncedLength(), acknowledged - address);
    }

    /**
     * Whether a file was never written.
     *
     * @param acknowledged the address up to which the log was acknowledged, as in all methods of this class
     */
    static boolean isEmpty(ChecksumFolder folder, long address, long acknowledged) throws IOException {
        return synced(folder, address, acknowledged) == 0 && state(folder, address, 0) == State.NONE;
    }

    /** Whether {@link #settle} would change the end of a file. */
    static boolean isUnsettled(ChecksumFolder folder, long address, long acknowledged) throws IOException {
        long kept = keptLength(folder, address, acknowledged);
        return Files.size(path(folder, address)) > kept || isUnsynced(folder, address, acknowledged, kept);
    }

    private static boolean isUnsynced(ChecksumFolder folder, long address, long acknowledged, long kept)
            throws IOException {
        long synced = synced(folder, address, acknowledged);
        return kept > synced && state(folder, address, synced) == State.WHOLE;
    }

    /** Returns the address from which on nobody knows which bytes are whole, because checksums were lost, too; -1 if it is known. */
    static long unknownFrom(ChecksumFolder folder, long address, long acknowledged) throws IOException {
        long synced = synced(folder, address, acknowledged);
        return state(folder, address, synced) == State.UNKNOWN ? address + synced : -1;
    }

    /** Returns how many bytes of a file to keep: all that are known to be synced, and a whole commit behind them. */
    static long keptLength(ChecksumFolder folder, long address, long acknowledged) throws IOException {
        long synced = synced(folder, address, acknowledged);
        return switch (state(folder, address, synced)) {
            case NONE, TORN -> synced;
            case WHOLE -> folder.of(address).syncing().to();
            case UNKNOWN -> Files.size(path(folder, address));
        };
    }

    /**
     * Settles the end of a file. A commit that is not whole was not acknowledged, and is removed. A whole commit is made durable. Bytes
     * that were only allocated are removed.
     */
    static void settle(ChecksumFolder folder, LogLedger ledger, long address) throws IOException {
        Path path = path(folder, address);
        long kept = keptLength(folder, address, ledger.acknowledged());
        long synced = synced(folder, address, ledger.acknowledged());
        long size = Files.size(path);
        if (size > kept || kept > synced) {
            logRecovery(path, state(folder, address, synced), synced, kept, size);
            truncate(path, kept);
        }
        if (kept == 0 && address > 0) {
            folder.delete(address);
            Files.delete(path);
            PrivateFiles.syncFolder(folder.folder());
            ledger.removed(address);
        }
    }

    private static void logRecovery(Path path, State state, long synced, long kept, long size) {
        if (state == State.WHOLE) {
            log.info("recovery: the last commit in {}, {} bytes, was whole and is synced now", path, kept - synced);
        }
        if (size > kept) {
            log.info(
                    state == State.TORN
                            ? "recovery: the last commit in {} was cut off by a crash and never acknowledged; its {} bytes"
                                    + " are removed"
                            : "recovery: the end of {}, {} bytes that were allocated and not written, is removed",
                    path,
                    size - kept);
        }
    }

    /** @throws IOException when a file is missing, or shorter than its synced length */
    static void requireLength(Path path, long length) throws IOException {
        if (Files.size(path) < length) {
            throw new IOException(
                    "file " + path + " has " + Files.size(path) + " bytes of " + length + " that were synced");
        }
    }

    /** Returns how many bytes of a file were written, without those that were only allocated. */
    static long writtenLength(ChecksumFolder folder, long address) throws IOException {
        try (FileChannel file = FileChannel.open(path(folder, address), StandardOpenOption.READ)) {
            return writtenLength(file, folder.of(address).syncedLength());
        }
    }

    /** Writes the last page of a file again as it is, durably. After a failed sync the system may take the page for durable. */
    static void rewrite(Path path, long length, int pageBytes) throws IOException {
        try (RandomAccessFile file =
                new RandomAccessFile(path.toFile(), "rw")) { // an interrupt does not close it, unlike a channel
            long from = Math.max(0, length - 1) / pageBytes * pageBytes;
            byte[] last = new byte[(int) (length - from)];
            file.seek(from);
            file.readFully(last);
            file.seek(from);
            file.write(last);
            file.getFD().sync();
        }
    }

    private static Path path(ChecksumFolder folder, long address) {
        return folder.folder().resolve(LogUtil.getLogFilename(address));
    }

    /** Cuts a file, durably. */
    static void truncate(Path path, long length) throws IOException {
        try (FileChannel file = FileChannel.open(path, StandardOpenOption.WRITE)) {
            file.truncate(length);
            file.force(true);
        }
    }

    private static int crc(FileChannel file, long from, long to) throws IOException {
        byte[] bytes = bytes(file, from, to);
        return Checksum.of(bytes, 0, bytes.length);
    }

    /** Returns the bytes between two positions, fewer at the end of the file. */
    private static byte[] bytes(FileChannel file, long from, long to) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate((int) Math.max(0, to - from));
        while (bytes.hasRemaining() && file.read(bytes, from + bytes.position()) >= 0) {
            // reads on
        }
        return Arrays.copyOf(bytes.array(), bytes.position());
    }
}
