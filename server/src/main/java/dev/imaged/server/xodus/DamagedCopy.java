package dev.imaged.server.xodus;

import dev.imaged.errors.ImageException.FailedPrecondition;
import dev.imaged.server.store.kv.Contents;
import dev.imaged.server.store.kv.FollowedStore;
import dev.imaged.server.store.kv.StorageErrors;
import dev.imaged.server.xodus.log.LogFiles;
import dev.imaged.server.xodus.log.PrivateFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes way for a new database where a copy of another store is damaged, once the other store is known to be there. The damaged copy is
 * moved to a folder inside the data folder, because only there is the history. Only the last whole one is kept. A folder without the
 * mark is never touched.
 */
final class DamagedCopy {
    /** A data folder of its own, so that commands can read it. */
    static final String ASIDE = "imaged.damaged";

    private static final Logger log = LoggerFactory.getLogger(DamagedCopy.class);

    private DamagedCopy() {}

    /**
     * Opens a database; if it turns out to be a damaged copy, or was noted as one, a new one instead.
     *
     * @param requireThere throws unless the store of a whole copy can be read again
     * @throws FailedPrecondition as {@link DatabaseFolder#open}, and when a damaged copy has to stay
     */
    static <T> T open(Path folder, Contents contents, Consumer<FollowedStore> requireThere, Supplier<T> opening) {
        CopyMark mark = CopyMark.read(folder);
        if (mark != null && mark.damage() != null) {
            makeWay(folder, contents, requireThere, mark, mark.damage());
        }
        try {
            return opening.get();
        } catch (FailedPrecondition e) {
            CopyMark copy = StorageErrors.isDamage(e) ? CopyMark.read(folder) : null;
            if (copy == null) {
                throw e;
            }
            makeWay(folder, contents, requireThere, copy, String.valueOf(e.getMessage()));
            return opening.get();
        }
    }

    private static void makeWay(
            Path folder, Contents contents, Consumer<FollowedStore> requireThere, CopyMark copy, String damage) {
        try {
            int version = FolderMarker.version(folder, contents);
            requireMovable(folder);
            if (copy.of() != null) {
                requireThere(folder, requireThere, copy.of());
                requireRoom(folder);
            }
            try (LockedFolder held = LockedFolder.lockDamaged(folder, version)) {
                copy.damaged(damage).write(held.folder()); // after a crash this is done again
                boolean isWhole = copy.of() != null;
                log.warn(
                        "{} Its images are read again from the store that it follows.",
                        remove(held.folder(), version, isWhole, damage));
            }
        } catch (IOException e) {
            throw FolderMarker.refused(folder, "is damaged, and cannot be cleared: " + e);
        }
    }

    private static void requireThere(Path folder, Consumer<FollowedStore> check, FollowedStore store) {
        try {
            check.accept(store);
        } catch (FailedPrecondition e) {
            throw FolderMarker.refused(
                    folder,
                    "holds a damaged copy, which stays, because it may have the only images; copy what can be read with"
                            + " imaged salvage " + folder + " --to NEW, and then empty the folder: " + e.getMessage());
        }
    }

    /** The folder of the database is moved, or cleared and deleted, and a new one made. */
    private static void requireMovable(Path folder) throws IOException {
        Path database = FolderMarker.database(folder);
        boolean isElsewhere = Files.exists(database)
                && !Files.getAttribute(database, "unix:dev").equals(Files.getAttribute(folder, "unix:dev"));
        if (Files.isSymbolicLink(database) || isElsewhere) {
            throw FolderMarker.refused(
                    folder,
                    "holds a damaged copy, which stays, because " + database
                            + " is a link or on another file system: empty that folder");
        }
    }

    /** A copy may have the only history, so it is not deleted for want of room. */
    private static void requireRoom(Path folder) throws IOException {
        long needed = bytes(FolderMarker.database(folder));
        long free = Files.getFileStore(folder).getUsableSpace() + bytes(folder.resolve(ASIDE));
        if (free < needed) {
            throw FolderMarker.refused(
                    folder,
                    "holds a damaged copy of " + needed + " bytes, and the disk has room for " + free
                            + ": make room for another one, or move folder "
                            + FolderMarker.database(folder) + " to another disk");
        }
    }

    /** Removes the database and all notes about it, the mark last: after a crash this is done again. Returns what was done. */
    private static String remove(Path folder, int version, boolean isWhole, String damage) throws IOException {
        Path database = FolderMarker.database(folder);
        Path aside = folder.resolve(ASIDE);
        long bytes = bytes(database);
        boolean isFirst = !Files.exists(FolderMarker.database(aside))
                && Files.getFileStore(folder).getUsableSpace() >= bytes;
        String what = bytes == 0
                ? "Data folder " + folder + " holds nothing of a copy: " + damage + "."
                : "A damaged copy was removed from data folder " + folder + ": " + damage + ".";
        if (bytes > 0 && (isWhole || isFirst)) {
            delete(aside);
            PrivateFiles.createFolder(aside);
            FolderMarker.writeMarker(aside, version);
            Files.move(database, FolderMarker.database(aside));
            LogFiles.moveNote(database, FolderMarker.database(aside));
            what += " It is now in " + aside + ": delete that when nobody needs it.";
        } else {
            delete(database);
            LogFiles.deleteNote(database);
        }
        PrivateFiles.syncFolder(folder);
        CopyMark.delete(folder);
        return what;
    }

    /** Deletes the damaged copy that was kept; returns whether there was one. */
    static boolean deleteKept(Path folder) throws IOException {
        Path aside = folder.resolve(ASIDE);
        boolean isThere = Files.exists(aside);
        delete(aside);
        return isThere;
    }

    private static long bytes(Path folder) throws IOException {
        long bytes = 0;
        for (Path file : inside(folder)) {
            bytes += Files.isRegularFile(file) ? Files.size(file) : 0;
        }
        return bytes;
    }

    private static void delete(Path folder) throws IOException {
        for (Path path : inside(folder)) {
            Files.delete(path);
        }
    }

    /** Returns a folder and all that is in it, the folder last; nothing when it does not exist. */
    private static List<Path> inside(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return List.of();
        }
        try (Stream<Path> paths = Files.walk(folder)) {
            return paths.sorted(Comparator.reverseOrder()).toList();
        }
    }
}
