package dev.imaged.server.xodus.log;

import dev.imaged.server.xodus.log.PageChecksums.Syncing;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
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
            if (file.size() <= synced) {
                return State.NONE;
            } else if (syncing.from() != synced || syncing.to() <= synced) {
                return State.UNKNOWN;
            } else if (file.size() < syncing.to() || syncing.checksum() != crc(file, synced, syncing.to())) {
                return State.TORN;
            }
            return file.size() == syncing.to() ? State.WHOLE : State.UNKNOWN;
        }
    }

    /** Returns the address from where on it cannot be told what is whole, as checksums were lost, too; -1 if it can. */
    static long unknownFrom(ChecksumFolder folder, long address) throws IOException {
        return state(folder, address) == State.UNKNOWN
                ? address + folder.of(address).syncedLength()
                : -1;
    }

    /** Takes a commit away that is not whole, which was not acknowledged, and makes one durable that is. */
    static void settle(ChecksumFolder folder, long address) throws IOException {
        Path path = path(folder, address);
        State state = state(folder, address);
        if (state == State.TORN) {
            log.info("the last commit was cut off by a crash and never acknowledged; it is taken away");
            truncate(path, folder.of(address).syncedLength());
        } else if (state == State.WHOLE) {
            try (FileChannel file = FileChannel.open(path, StandardOpenOption.WRITE)) {
                file.force(false);
            }
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
        ByteBuffer bytes = ByteBuffer.allocate((int) (to - from));
        while (bytes.hasRemaining()) {
            if (file.read(bytes, from + bytes.position()) < 0) {
                return 0;
            }
        }
        return PageChecksums.crc(bytes.array(), 0, bytes.capacity());
    }
}
