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
 * Writes the files of a log as the engine does, and does two things that it does not.
 *
 * <p>The newest file is allocated ahead of what is written while commits are small: one that does not make the file longer is
 * synced without the file's metadata, in two thirds of the time. What is allocated is {@link #FILLER}; it is there while the
 * file is open, and after a crash.
 *
 * <p>The folder is synced for each new file; the engine's writer closes the folder with the first file that is full.
 *
 * <p>Not thread-safe.
 */
final class LogFileWriter extends FileDataWriter {
    /** What the engine reads as nothing: its empty loggable. */
    static final byte FILLER = (byte) 0x80;

    /** Written with one small commit in many, so it may cost it some time. */
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

    /** The engine's writer keeps the folder open, for syncs that this class does itself, until it has written something. */
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

    /** The file can do without it, on a full disk for example. */
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

    /** Kotlin does not declare what this throws; the engine's writer would never open a file again. */
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
