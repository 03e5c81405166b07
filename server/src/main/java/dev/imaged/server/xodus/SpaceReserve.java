package dev.imaged.server.xodus;

import dev.imaged.server.xodus.log.PrivateFiles;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A file that is deleted when the disk is full, so that there is room for deletes, and for the cleaning that frees more room.
 * For one thread.
 */
final class SpaceReserve {
    private static final Logger log = LoggerFactory.getLogger(SpaceReserve.class);

    static final long BYTES = 4 * 1024 * 1024;

    static final String NAME = "imaged.reserve";

    private final Path path;
    private final byte[] bytes = new byte[64 * 1024];

    SpaceReserve(Path folder) {
        this.path = folder.resolve(NAME);
        new Random(0).nextBytes(bytes); // which no file system stores in less
    }

    /** Releases the room. */
    void release() {
        try {
            Files.deleteIfExists(path);
        } catch (IOException e) {
            log.warn("the reserve {} cannot be deleted: {}", path, e.toString());
        }
    }

    /** Reserves the room, if there is enough; returns whether it is reserved. */
    boolean restore() {
        try {
            if (Files.exists(path) && Files.size(path) == BYTES) {
                return true;
            }
            Files.deleteIfExists(path);
            if (Files.getFileStore(path.getParent()).getUsableSpace() < 2 * BYTES) {
                return false; // taking the rest of it would make the writes of others fail
            }
            PrivateFiles.createFile(path);
            try (RandomAccessFile out = new RandomAccessFile(path.toFile(), "rw")) {
                for (int written = 0; written < BYTES; written += bytes.length) {
                    out.write(bytes);
                }
                out.getFD().sync();
            }
            return true;
        } catch (IOException e) {
            log.debug("there is no room for the reserve", e);
            release();
            return false;
        }
    }
}
