package dev.imaged.maintenance;

import java.io.Closeable;
import java.io.IOException;

/** Takes the files of a store one after the other: the start of a file, then its bytes. For one thread. */
public interface BackupSink extends Closeable {
    /** Starts a file. */
    void file(BackupFile file) throws IOException;

    /** Takes the next bytes of the file, from the start of the array; the caller uses the array again afterwards. */
    void data(byte[] bytes, int count) throws IOException;

    /** Ends the last file and makes all files durable. What was not finished is not a backup. */
    void finish() throws IOException;

    /** Releases what the sink holds, finished or not. */
    @Override
    void close() throws IOException;

    /**
     * A file of a backup.
     *
     * @param name its name in the folder of the database
     * @param bytes its length in bytes
     */
    record BackupFile(String name, long bytes) {}
}
