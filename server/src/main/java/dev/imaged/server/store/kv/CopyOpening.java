package dev.imaged.server.store.kv;

import dev.imaged.errors.ImageException;
import java.util.function.Consumer;

/** Opens the database of a copy of another store, for the first time, and again after it was closed. */
@FunctionalInterface
public interface CopyOpening {
    /**
     * Opens the database, a new one if the copy is damaged.
     *
     * @param requireThere is called before a whole copy that is damaged is removed; it throws unless its images can be read again
     * @throws ImageException.FailedPrecondition when the database cannot be opened, or the copy is damaged and has to stay
     * @throws ImageException.Unavailable when that is not known at the moment
     */
    Database open(Consumer<FollowedStore> requireThere);
}
