package dev.imaged.server.store.kv;

import java.util.List;

/**
 * What a database has to know of what is stored in it. It is asked while the database is opened, when exceptions of the database come
 * as they are.
 */
public interface Contents {
    /** The version of the layout, which the database keeps where it can be read before anything else. */
    int version();

    /** All tables. */
    List<Table> tables();

    /**
     * Makes the first entries of a new database, or checks those of an old one.
     *
     * @throws dev.imaged.errors.ImageException.FailedPrecondition when this program cannot read what is stored
     */
    void initialise(WriteBatch batch);

    /**
     * Checks that this program can read what is stored.
     *
     * @throws dev.imaged.errors.ImageException.FailedPrecondition when it cannot
     */
    void requireReadable(Snapshot snapshot);

    /** Returns the revision of the newest change: a database that was opened and has less than it acknowledged has lost something. */
    long revision(Snapshot snapshot);

    /** Reads everything and returns what does not agree, in a line each. */
    List<String> problems(Snapshot snapshot);
}
