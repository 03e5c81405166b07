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
 * What a crash left behind the bytes of the newest file that are known to be synced. The engine takes it for committed if
 * only its outline is whole, but after a power cut pages in the midst of it may be missing.
 */
final class UnsyncedTail {
    private static final Logger log = LoggerFactory.getLogger(UnsyncedTail.class);

    private UnsyncedTail() {}

    /** What is known of the bytes behind those that were synced. */
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
     * Returns where what was written ends. What follows was allocated only, of which after a power cut the length may be there
     * and the bytes not. No commit ends like that: its last byte is that of a number, and not zero.
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
     * Whether nothing was ever written to a file.
     *
     * @param acknowledged up to where the log was acknowledged, as everywhere here
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

    /** Returns the address from where on it cannot be told what is whole, because checksums were lost, too; -1 if it can. */
    static long unknownFrom(ChecksumFolder folder, long address, long acknowledged) throws IOException {
        long synced = synced(folder, address, acknowledged);
        return state(folder, address, synced) == State.UNKNOWN ? address + synced : -1;
    }

    /** Returns how many bytes of a file are to be kept: all that are known to be synced, and a whole commit behind them. */
    static long keptLength(ChecksumFolder folder, long address, long acknowledged) throws IOException {
        long synced = synced(folder, address, acknowledged);
        return switch (state(folder, address, synced)) {
            case NONE, TORN -> synced;
            case WHOLE -> folder.of(address).syncing().to();
            case UNKNOWN -> Files.size(path(folder, address));
        };
    }

    /**
     * Removes a commit that is not whole, which was not acknowledged, makes one durable that is, and removes what was only
     * allocated.
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

    /** @throws IOException when a file is missing, or shorter than what was synced of it */
    static void requireLength(Path path, long length) throws IOException {
        if (Files.size(path) < length) {
            throw new IOException(
                    "file " + path + " has " + Files.size(path) + " bytes of " + length + " that were synced");
        }
    }

    /** Returns how many bytes of a file are there, without what was only allocated. */
    static long writtenLength(ChecksumFolder folder, long address) throws IOException {
        try (FileChannel file = FileChannel.open(path(folder, address), StandardOpenOption.READ)) {
            return writtenLength(file, folder.of(address).syncedLength());
        }
    }

    /** Writes the last page of a file again as it is, durably: after a sync that failed the system may think that it is. */
    static void rewrite(Path path, long length, int pageBytes) throws IOException {
        try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) { // which no interrupt closes
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

    /** Returns what is there between two positions, fewer bytes where the file ends. */
    private static byte[] bytes(FileChannel file, long from, long to) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate((int) Math.max(0, to - from));
        while (bytes.hasRemaining() && file.read(bytes, from + bytes.position()) >= 0) {
            // reads on
        }
        return Arrays.copyOf(bytes.array(), bytes.position());
    }
}
