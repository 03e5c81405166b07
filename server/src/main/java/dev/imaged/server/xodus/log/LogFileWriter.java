package dev.imaged.server.xodus.log;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.reflect.Field;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.Arrays;
import jetbrains.exodus.ExodusException;
import jetbrains.exodus.io.Block;
import jetbrains.exodus.io.FileDataReader;
import jetbrains.exodus.io.FileDataReader.FileBlock;
import jetbrains.exodus.io.FileDataWriter;
import jetbrains.exodus.log.LogUtil;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes the files of a log like the engine's own writer, with two differences.
 *
 * <p>While commits are small, the newest file is allocated ahead, filled with {@link #FILLER}. A commit that does not make the file
 * longer is synced without the file's metadata, in two thirds of the time. The filler stays until the file is closed; after a
 * crash the next start removes it.
 *
 * <p>The folder is synced for each new file; the engine's writer closes the folder with the first file that is full.
 *
 * <p>Not thread-safe.
 */
final class LogFileWriter extends FileDataWriter {
    /** The engine's empty loggable, which it skips. */
    static final byte FILLER = (byte) 0x80;

    /** How much is allocated with one small commit in many, which may take somewhat longer. */
    private static final int ALLOCATED_AT_ONCE = 128 * 1024;

    /** A larger commit gains less than it costs to write the same bytes twice. */
    private static final int SMALL_COMMIT = 32 * 1024;

    private static final Logger log = LoggerFactory.getLogger(LogFileWriter.class);

    private final Path folder;
    private final long fileBytes;
    private final byte[] filler = new byte[ALLOCATED_AT_ONCE];
    private @Nullable RandomAccessFile file;
    private long syncedPosition;
    private long position;
    private long length;

    /** @param fileBytes how large a complete file is */
    LogFileWriter(FileDataReader reader, long fileBytes) {
        super(reader);
        this.folder = reader.getDir().toPath();
        this.fileBytes = fileBytes;
        Arrays.fill(filler, FILLER);
        closeFolder();
    }

    /** Closes the folder that the engine's writer keeps open for its own syncs. This class syncs the folder itself. */
    private void closeFolder() {
        try {
            Field channel = FileDataWriter.class.getDeclaredField("dirChannel");
            channel.setAccessible(true);
            if (channel.get(this) instanceof FileChannel open) {
                open.close();
            }
            channel.set(this, null);
        } catch (IOException | ReflectiveOperationException e) {
            log.debug("the folder {} stays open", folder, e);
        }
    }

    @Override
    protected FileBlock openOrCreateBlockImpl(long address, long validLength) {
        try {
            PrivateFiles.createFile(folder.resolve(LogUtil.getLogFilename(address)));
        } catch (IOException e) {
            throw new ExodusException(e);
        }
        FileBlock block = super.openOrCreateBlockImpl(address, validLength);
        try {
            file = new RandomAccessFile(block, "rw");
        } catch (IOException e) {
            super.closeImpl();
            throw new ExodusException(e);
        }
        syncedPosition = validLength;
        position = validLength;
        length = validLength;
        return block;
    }

    @Override
    public Block write(byte[] bytes, int offset, int count) {
        Block block = super.write(bytes, offset, count);
        position += count;
        return block;
    }

    @Override
    protected void syncImpl() {
        RandomAccessFile current = file;
        if (current != null && position > length && position - syncedPosition <= SMALL_COMMIT) {
            allocate(current);
        }
        super.syncImpl();
        length = Math.max(length, position);
        syncedPosition = position;
    }

    /** Allocates ahead, if it can: the file works without it, for example on a full disk. */
    private void allocate(RandomAccessFile current) {
        int count = (int) Math.min(ALLOCATED_AT_ONCE, fileBytes - position);
        try {
            current.seek(position);
            current.write(filler, 0, count);
            length = position + count;
        } catch (IOException e) {
            log.debug("nothing is allocated ahead", e);
        }
    }

    @Override
    protected void closeImpl() {
        RandomAccessFile current = file;
        file = null;
        if (current != null) {
            try (current) {
                current.setLength(Math.min(current.length(), position));
            } catch (IOException e) {
                log.debug("what was allocated ahead stays until the next start", e);
            }
        }
        try {
            closeFile();
        } catch (IOException e) {
            log.debug("a file that was written could not be closed", e);
        }
    }

    /** Closes the file of the engine's writer, which may throw checked exceptions that it does not declare. */
    @SuppressWarnings("RedundantThrows")
    private void closeFile() throws IOException {
        super.closeImpl();
    }

    @Override
    public void syncDirectory() {
        try {
            PrivateFiles.syncFolder(folder);
        } catch (IOException e) {
            log.warn("the folder {} cannot be synced: {}", folder, e.toString());
        }
    }
}
