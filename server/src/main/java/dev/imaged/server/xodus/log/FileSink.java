package dev.imaged.server.xodus.log;

import dev.imaged.errors.ImageException;
import dev.imaged.server.engine.BackupSink;
import jetbrains.exodus.log.LogUtil;

/** Writes the files of a backup with their checksums. For one thread. */
final class FileSink implements BackupSink {
    private final CheckedWriter writer;
    private final CheckedReader reader;
    private BackupFile current = new BackupFile("", 0);
    private long left;

    FileSink(CheckedWriter writer, CheckedReader reader) {
        this.writer = writer;
        this.reader = reader;
    }

    /** @throws ImageException.DataLoss when the name is not one of a file of a log, or the file before is not complete */
    @Override
    public void file(BackupFile file) {
        endFile();
        if (!LogUtil.isLogFileName(file.name())) {
            throw new ImageException.DataLoss("a backup holds no file like \"" + file.name() + "\"", null);
        }
        writer.openOrCreateBlock(LogUtil.getAddress(file.name()), 0);
        current = file;
        left = file.bytes();
    }

    @Override
    public void data(byte[] bytes, int count) {
        if (count > left) {
            throw new ImageException.DataLoss(
                    "file " + current.name() + " of the backup has more than " + current.bytes() + " bytes", null);
        }
        writer.write(bytes, 0, count);
        left -= count;
    }

    private void endFile() {
        if (left > 0) {
            throw new ImageException.DataLoss(
                    "file " + current.name() + " of the backup has " + left + " bytes too few", null);
        }
        if (writer.isOpen()) {
            writer.sync();
            writer.close();
        }
    }

    @Override
    public void close() {
        endFile();
        reader.close();
    }
}
