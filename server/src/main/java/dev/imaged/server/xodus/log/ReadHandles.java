package dev.imaged.server.xodus.log;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import jetbrains.exodus.log.LogUtil;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The files of a log that are open for reading. The engine itself would open a file again for each page of the newest file, and
 * whenever another thread reads the same file. Thread-safe; an interrupt does not close a file.
 */
final class ReadHandles implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(ReadHandles.class);

    private static final int KEPT_OPEN = 500;

    private final Path folder;
    private final Cache<Long, OpenFile> files = Caffeine.newBuilder()
            .executor(Runnable::run)
            .maximumSize(KEPT_OPEN)
            .<Long, OpenFile>removalListener((address, file, cause) -> close(file))
            .build();

    ReadHandles(Path folder) {
        this.folder = folder;
    }

    /**
     * Reads bytes of the file with an address.
     *
     * @param position where in the file, in bytes
     * @return how many bytes were read, -1 at the end of the file
     * @throws NoSuchFileException when the file is missing
     * @throws IOException when it cannot be read now
     */
    int read(long address, byte[] output, long position, int offset, int count) throws IOException {
        try {
            int read;
            do {
                read = file(address).read(output, position, offset, count);
            } while (read == OpenFile.CLOSED);
            return read;
        } catch (FileNotFoundException e) { // also thrown for a file that exists, and cannot be opened
            throw Files.notExists(path(address))
                    ? new NoSuchFileException(path(address).toString())
                    : e;
        }
    }

    /** Opens a file, so that it can be read later even if no file can be opened then. */
    void open(long address) throws IOException {
        file(address).open();
    }

    private OpenFile file(long address) {
        return files.get(address, any -> new OpenFile(path(address)));
    }

    private Path path(long address) {
        return folder.resolve(LogUtil.getLogFilename(address));
    }

    /** Closes a file, which may then be deleted or replaced. */
    void close(long address) {
        files.invalidate(address);
    }

    /** Closes all files. A later read opens its file again. */
    @Override
    public void close() {
        files.invalidateAll();
    }

    private static void close(@Nullable OpenFile file) {
        try {
            if (file != null) {
                file.close();
            }
        } catch (IOException e) {
            log.warn("a file that was read could not be closed: {}", e.toString());
        }
    }

    /** A file that is opened when it is read, unless it was closed before. */
    private static final class OpenFile implements AutoCloseable {
        static final int CLOSED = -2;

        private final Path path;
        private @Nullable RandomAccessFile file;
        private boolean closed;

        OpenFile(Path path) {
            this.path = path;
        }

        synchronized int read(byte[] output, long position, int offset, int count) throws IOException {
            if (closed) {
                return CLOSED;
            }
            RandomAccessFile opened = opened();
            opened.seek(position);
            return opened.read(output, offset, count);
        }

        synchronized void open() throws IOException {
            if (!closed) {
                opened();
            }
        }

        private RandomAccessFile opened() throws IOException {
            if (file == null) {
                file = new RandomAccessFile(path.toFile(), "r");
            }
            return file;
        }

        @Override
        public synchronized void close() throws IOException {
            closed = true;
            if (file != null) {
                file.close();
            }
        }
    }
}
