package dev.imaged.server.store.kv;

import dev.imaged.errors.ImageException;
import dev.imaged.maintenance.BackupSink;
import java.io.IOException;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * An embedded, ordered key-value database with snapshots and one writer. Reads may run on any thread, and go on while something is
 * written; all other methods are for the one thread that writes, where nothing else is said.
 */
public interface Database extends AutoCloseable {
    /**
     * Runs a read on a snapshot of what is committed. It should be short: a snapshot keeps old entries on the disk. It may run more
     * than once.
     *
     * @throws ImageException.Unavailable when the database is closed or does not work
     * @throws ImageException.DataLoss when what it needs is missing or damaged
     */
    <T extends @Nullable Object> T read(Function<Snapshot, T> body);

    /** Runs a read that cannot run more than once, because its caller takes what it reads. As {@link #read} otherwise. */
    <T extends @Nullable Object> T readOnce(Function<Snapshot, T> body);

    /**
     * Runs a write, and makes all that it wrote durable at once. When this throws, nothing of it may be acknowledged.
     *
     * @throws RuntimeException what the body throws, or what a failing disk makes the database throw: {@link #hasFailed} then says
     *     so, and {@link #recover} has to be called
     * @throws ImageException.ResourceExhausted the same, when there is no room
     */
    <T extends @Nullable Object> T write(Function<WriteBatch, T> body);

    /** Whether the last write failed because of the disk, and not because of what it met in the database. */
    boolean hasFailed();

    /**
     * Makes writes possible again after one that failed. Reads go on, unless the database has to be opened again.
     *
     * @return whether it was opened again
     * @throws ImageException when the disk does not work yet, or the database cannot be opened
     */
    boolean recover();

    /**
     * Looks whether the files are where they were. If they are not, nothing is served until they are back: another store in their
     * place, or none, would be a wrong answer to everything.
     *
     * @throws ImageException.Unavailable when they are not
     */
    void requirePresent();

    /** Takes some room on the disk for deletes, if there is enough; says whether it has it. */
    boolean reserveRoom();

    /** Gives that room back, so that deletes can be written on a full disk. */
    void releaseRoom();

    /**
     * Keeps the version of the layout where it can be read before anything else, durably: an older program refuses it there.
     *
     * @throws ImageException.Unavailable when it cannot be written
     */
    void noteVersion(int version);

    /** Has the database tidy up on another thread, if that is worth it; to be called again and again. */
    void tidy(WriteActivity now);

    /**
     * Tells the open database from that of an earlier opening, as {@link Snapshot#identity}. On any thread.
     *
     * @throws ImageException.Unavailable when the database is closed, or its files are not where they were
     */
    Object identity();

    /** Returns how much it takes. On any thread. */
    Space space();

    /** Compares all files with their checksums and returns what is wrong, in a line each. On any thread. */
    List<String> fileProblems();

    /**
     * Copies the files as they are at one revision, which is returned. On any thread.
     *
     * @throws IOException when the sink throws it
     */
    long backup(BackupSink sink) throws IOException;

    /** Names what it is in messages: its folder. */
    String description();

    @Override
    void close();
}
