package dev.imaged.server.engine;

import java.io.Closeable;
import java.io.IOException;

/** Takes the files of a store in a row: the begin of a file, then its bytes. For one thread. */
public interface BackupSink extends Closeable {
    /** Begins a file. */
    void file(BackupFile file) throws IOException;

    /** Takes the next bytes of the file; the array is used again afterwards. */
    void data(byte[] bytes, int count) throws IOException;

    /** Ends the last file and makes all of them durable. */
    @Override
    void close() throws IOException;

    /**
     * A file of a backup.
     *
     * @param name its name in the folder of the database
     * @param bytes how long it is
     */
    record BackupFile(String name, long bytes) {}
}
