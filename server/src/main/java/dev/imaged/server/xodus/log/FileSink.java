package dev.imaged.server.xodus.log;

import dev.imaged.errors.ImageException;
import dev.imaged.maintenance.BackupSink;
import java.io.IOException;
import java.nio.file.Path;
import jetbrains.exodus.log.LogUtil;

/** Writes the files of a backup with their checksums. For one thread. */
final class FileSink implements BackupSink {
    private final Path folder;
    private final CheckedWriter writer;
    private final CheckedReader reader;
    private BackupFile current = new BackupFile("", 0);
    private long left;

    FileSink(Path folder, CheckedWriter writer, CheckedReader reader) {
        this.folder = folder;
        this.writer = writer;
        this.reader = reader;
    }

    /** @throws ImageException.DataLoss when the name is not one of a file of a log, or the file before is not complete */
    @Override
    public void file(BackupFile file) throws IOException {
        endFile();
        if (!LogUtil.isLogFileName(file.name())) {
            throw new ImageException.DataLoss("a backup holds no file like \"" + file.name() + "\"", null);
        }
        current = file;
        left = file.bytes();
        attempt(() -> writer.openOrCreateBlock(LogUtil.getAddress(file.name()), 0));
    }

    @Override
    public void data(byte[] bytes, int count) throws IOException {
        if (count > left) {
            throw new ImageException.DataLoss(
                    "file " + current.name() + " of the backup has more than " + current.bytes() + " bytes", null);
        }
        attempt(() -> writer.write(bytes, 0, count));
        left -= count;
    }

    private void endFile() throws IOException {
        if (left > 0) {
            throw new ImageException.DataLoss(
                    "file " + current.name() + " of the backup has " + left + " bytes too few", null);
        }
        if (writer.isOpen()) {
            attempt(writer::sync);
            attempt(writer::close);
        }
    }

    /** Takes a step of the engine's writer, which throws exceptions of its own, and checked ones that it does not declare. */
    private void attempt(Runnable step) throws IOException {
        try {
            step.run();
        } catch (ImageException e) {
            throw e;
        } catch (Throwable e) {
            Throwable innermost = e;
            while (innermost.getCause() != null) {
                innermost = innermost.getCause();
            }
            throw new IOException(
                    "file " + folder.resolve(current.name()) + " of the backup cannot be written: "
                            + innermost.getMessage(),
                    e);
        }
    }

    @Override
    public void finish() throws IOException {
        endFile();
    }

    @Override
    public void close() throws IOException {
        try {
            if (writer.isOpen()) {
                attempt(writer::close);
            }
        } finally {
            reader.close();
        }
    }
}
