package dev.imaged.server.xodus;

import dev.imaged.errors.ImageException.FailedPrecondition;
import dev.imaged.errors.ImageException.Unavailable;
import dev.imaged.server.store.kv.Contents;
import dev.imaged.server.store.kv.Database;
import dev.imaged.server.store.kv.FollowedStore;
import java.io.IOException;
import java.nio.file.Path;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The data folder of a copy of another store, which is opened again and again. Once it was opened, no other folder is taken for it: a
 * volume may have been unmounted meanwhile. Thread-safe.
 */
public final class CopyFolder {
    private final DatabaseFolder folder;
    private @Nullable Object identity;

    /**
     * @param path an absolute path
     * @param contents what the database holds
     */
    public CopyFolder(Path path, Contents contents) {
        this.folder = new DatabaseFolder(path, contents);
    }

    /**
     * Opens the database as {@link DatabaseFolder#open}. If the copy is damaged, it is moved away, and a new database is opened.
     *
     * @param pageCacheBytes how much of the heap the engine's pages may take
     * @param requireThere is called before a whole copy that is damaged is moved; it throws unless its images can be read again
     * @throws FailedPrecondition as {@link DatabaseFolder#open}, and when the copy is damaged and has to stay
     * @throws Unavailable when the folder is not where it was, or whether the images can be read again is not known
     */
    public synchronized Database open(long pageCacheBytes, Consumer<FollowedStore> requireThere) {
        Path path = folder.path();
        Object before = identity;
        if (before != null) {
            LockedFolder.requireSame(path, path, before);
        }
        Database database = DamagedCopy.open(path, folder.contents(), requireThere, () -> folder.open(pageCacheBytes));
        try {
            identity = LockedFolder.identity(path);
            return database;
        } catch (IOException e) {
            database.close();
            throw FolderMarker.refused(path, "cannot be used: " + e);
        }
    }
}
