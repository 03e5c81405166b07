package dev.imaged.server.store.kv;

import java.util.List;

/**
 * The contents of a database, as far as the database has to know them. The database asks while it is opened. Until it is open, its
 * exceptions are those of its library.
 */
public interface Contents {
    /** Returns the version of the layout of a new database. The database keeps it where it can be read before anything else. */
    int version();

    /**
     * Checks that this program can read a database of a version, or migrate it to its own.
     *
     * @throws dev.imaged.errors.ImageException.FailedPrecondition when it cannot; the message continues a sentence about the
     *     database
     */
    void requireKnown(int version);

    /** Returns all tables. */
    List<Table> tables();

    /** Returns the tables of older versions that this one does not have. They are opened where they exist. */
    List<Table> formerTables();

    /**
     * Makes the first entries of a new database, or checks those of an old one, as {@link #requireKnown}.
     *
     * @throws dev.imaged.errors.ImageException.FailedPrecondition when this program does not know what is stored
     */
    void initialise(WriteBatch batch);

    /**
     * Migrates the database to {@link #version}, right after it was opened. The next start goes on after any of its writes, so a
     * crash costs nothing.
     *
     * @throws RuntimeException as {@link Database#write}
     */
    void migrate(Database database);

    /**
     * Checks that this program can read what is stored as it is.
     *
     * @throws dev.imaged.errors.ImageException.FailedPrecondition when it cannot; the message continues a sentence about the
     *     database
     */
    void requireReadable(Snapshot snapshot);

    /** Returns the revision of the newest change. A database that opens with a lower one than it acknowledged has lost changes, unless it {@linkplain #mayGoBack may}. */
    long revision(Snapshot snapshot);

    /** Whether the revision may be less than one that was acknowledged: that of a copy, which is made again from what it follows. */
    boolean mayGoBack(Snapshot snapshot);

    /** Reads everything, whatever its version, and returns a line for each contradiction. */
    List<String> problems(Snapshot snapshot);
}
