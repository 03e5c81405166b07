package dev.imaged.server.store.kv;

import java.util.List;

/**
 * What a database has to know of what is stored in it. It is asked while the database is opened, when exceptions of the database come
 * as they are.
 */
public interface Contents {
    /** Returns the version of the layout of a new database, which the database keeps where it can be read before anything else. */
    int version();

    /**
     * Checks that this program can read a database of a version, or bring it to its own.
     *
     * @throws dev.imaged.errors.ImageException.FailedPrecondition when it cannot; the message continues a sentence about the
     *     database
     */
    void requireKnown(int version);

    /** Returns all tables. */
    List<Table> tables();

    /** Returns the tables of older versions that are not there any more; they are opened where they are. */
    List<Table> formerTables();

    /**
     * Makes the first entries of a new database, or checks those of an old one, as {@link #requireKnown}.
     *
     * @throws dev.imaged.errors.ImageException.FailedPrecondition when this program does not know what is stored
     */
    void initialise(WriteBatch batch);

    /**
     * Brings what is stored to {@link #version}, after the database was opened and before anything else is done with it. Each write
     * leaves something that can be migrated further, so a crash at any moment costs nothing.
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

    /** Returns the revision of the newest change: a database that was opened and has less than it acknowledged has lost something. */
    long revision(Snapshot snapshot);

    /** Reads everything, of whatever version, and returns what does not agree, in a line each. */
    List<String> problems(Snapshot snapshot);
}
