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

    /**
     * Takes a commit away that is not whole, which was not acknowledged, and makes one durable that is.
     *
     * @return the address from where on it cannot be told: checksums were lost, too
     */
    static long settle(ChecksumFolder folder, long address) throws IOException {
        PageChecksums checksums = folder.of(address);
        long synced = checksums.syncedLength();
        Syncing syncing = checksums.syncing();
        Path path = folder.folder().resolve(LogUtil.getLogFilename(address));
        if (Files.size(path) == 0 && address > 0) {
            folder.delete(address);
            Files.delete(path);
            return Long.MAX_VALUE;
        }
        try (FileChannel file = FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            if (file.size() <= synced) {
                return Long.MAX_VALUE;
            } else if (syncing.from() != synced || syncing.to() <= synced) {
                return address + synced;
            } else if (file.size() < syncing.to() || syncing.checksum() != crc(file, synced, syncing.to())) {
                log.info("the last commit was cut off by a crash and never acknowledged; it is taken away");
                file.truncate(synced);
                file.force(true);
                return synced == 0 ? settle(folder, address) : Long.MAX_VALUE;
            }
            file.force(false);
            return file.size() == syncing.to() ? Long.MAX_VALUE : address + syncing.to();
        }
    }

    /** Cuts a file and what is known of it. */
    static void truncate(ChecksumFolder folder, long address, long length) throws IOException {
        folder.of(address).truncate(length);
        Path path = folder.folder().resolve(LogUtil.getLogFilename(address));
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
