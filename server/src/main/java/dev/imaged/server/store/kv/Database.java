package dev.imaged.server.store.kv;

import dev.imaged.errors.ImageException;
import dev.imaged.maintenance.BackupSink;
import java.io.IOException;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * An embedded, ordered key-value database with snapshots and one writer. Reads may run on any thread, even during a write. All
 * other methods are for the one thread that writes, unless they say otherwise.
 */
public interface Database extends AutoCloseable {
    /** Returns the name of the database, such as {@code xodus}. */
    String name();

    /**
     * Runs a read on a snapshot of what is committed. It should be short: a snapshot keeps old entries on the disk. It may run more
     * than once.
     *
     * @throws ImageException.Unavailable when the database is closed or does not work
     * @throws ImageException.DataLoss when an entry that it needs is missing or damaged
     */
    <T extends @Nullable Object> T read(Function<Snapshot, T> body);

    /** Runs a read that must not run twice, because its caller consumes the entries. Otherwise as {@link #read}. */
    <T extends @Nullable Object> T readOnce(Function<Snapshot, T> body);

    /**
     * Runs a write, and makes all of its changes durable together. When it throws, none of the changes may be acknowledged.
     *
     * @throws RuntimeException the body's own, or the database's when the disk fails: then {@link #hasFailed} is true, and
     *     {@link #recover} has to be called
     * @throws ImageException.ResourceExhausted when the disk is full; {@link #recover} has to be called then, too
     */
    <T extends @Nullable Object> T write(Function<WriteBatch, T> body);

    /** Whether the last write failed because of the disk, and not because of the contents of the database. */
    boolean hasFailed();

    /**
     * Makes writes possible again after one that failed. Reads go on, unless the database has to be opened again.
     *
     * @throws ImageException when the disk does not work yet, or the database cannot be opened
     */
    void recover();

    /**
     * Looks whether the files are where they were. If not, nothing is served until they are back: any answer from another store in
     * their place, or from none, would be wrong.
     *
     * @throws ImageException.Unavailable when the files are gone or others are there
     */
    void requirePresent();

    /** Reserves some room on the disk for deletes, if there is enough; returns whether it is reserved. */
    boolean reserveRoom();

    /** Releases the reserved room, so that deletes can be written on a full disk. */
    void releaseRoom();

    /**
     * Notes the version of the layout, durably, where an older program reads it first and refuses the database.
     *
     * @throws ImageException.Unavailable when it cannot be written
     */
    void noteVersion(int version);

    /**
     * Notes, durably, that the database is a copy of another store: once it is damaged, the next opening may make a new one.
     *
     * @param of the other store, null while the copy is not whole
     * @throws ImageException.Unavailable when it cannot be written
     */
    void noteCopy(@Nullable FollowedStore of);

    /**
     * Notes, durably, that the database is a damaged copy: the next opening makes a new one. On any thread, even once the database is
     * closed.
     *
     * @return false when it was never noted that the database is a copy: then nothing is noted
     * @throws ImageException when it cannot be written, or the files are not where they were
     */
    boolean noteDamage(String what);

    /**
     * Deletes the damaged copy that is kept next to the database, if there is one, so that there is room.
     *
     * @return whether there was one
     * @throws ImageException when it cannot be deleted
     */
    boolean deleteKept();

    /** Has the database tidy up on another thread, if that is worth it; to be called again and again. */
    void tidy(WriteActivity now);

    /**
     * Returns an object that differs at each opening of the database, as {@link Snapshot#identity}. On any thread.
     *
     * @throws ImageException.Unavailable when the database is closed, or its files are not where they were
     */
    Object identity();

    /** Returns how much space the database takes. On any thread. */
    Space space();

    /** Compares all files with their checksums, and returns a line for each problem. On any thread. */
    List<String> fileProblems();

    /**
     * Copies the files as they are at one revision, and returns the revision. On any thread.
     *
     * @throws IOException when the sink throws it
     */
    long backup(BackupSink sink) throws IOException;

    /** Returns the name of the database in messages: its folder. */
    String description();

    @Override
    void close();
}
