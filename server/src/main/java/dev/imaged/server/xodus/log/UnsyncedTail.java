package dev.imaged.server.xodus.log;

import dev.imaged.server.xodus.log.PageChecksums.Syncing;
import java.io.IOException;
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

    private static State state(ChecksumFolder folder, long address) throws IOException {
        PageChecksums checksums = folder.of(address);
        long synced = checksums.syncedLength();
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
     * and the bytes not. No commit consists of that, but one may end like it.
     */
    private static long writtenLength(FileChannel file, long synced) throws IOException {
        byte[] rest = bytes(file, synced, file.size());
        int length = rest.length;
        while (length > 0 && (rest[length - 1] == LogFileWriter.FILLER || rest[length - 1] == 0)) {
            length--;
        }
        return synced + length;
    }

    /** Whether nothing was ever written to a file. */
    static boolean isEmpty(ChecksumFolder folder, long address) throws IOException {
        return folder.of(address).syncedLength() == 0 && state(folder, address) == State.NONE;
    }

    /** Returns the address from where on it cannot be told what is whole, as checksums were lost, too; -1 if it can. */
    static long unknownFrom(ChecksumFolder folder, long address) throws IOException {
        return state(folder, address) == State.UNKNOWN
                ? address + folder.of(address).syncedLength()
                : -1;
    }

    /**
     * Takes a commit away that is not whole, which was not acknowledged, makes one durable that is, and takes away what was only
     * allocated.
     */
    static void settle(ChecksumFolder folder, long address) throws IOException {
        Path path = path(folder, address);
        PageChecksums checksums = folder.of(address);
        State state = state(folder, address);
        if (state == State.TORN) {
            log.info("the last commit was cut off by a crash and never acknowledged; it is taken away");
        }
        if (state == State.WHOLE) {
            truncate(path, checksums.syncing().to());
        } else if (state != State.UNKNOWN && Files.size(path) > checksums.syncedLength()) {
            truncate(path, checksums.syncedLength());
        }
        if (Files.size(path) == 0 && address > 0) {
            folder.delete(address);
            Files.delete(path);
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
        return PageChecksums.crc(bytes, 0, bytes.length);
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
