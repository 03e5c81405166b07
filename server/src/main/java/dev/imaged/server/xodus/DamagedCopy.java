package dev.imaged.server.xodus;

import dev.imaged.errors.ImageException.FailedPrecondition;
import dev.imaged.server.store.kv.Contents;
import dev.imaged.server.store.kv.StorageErrors;
import dev.imaged.server.xodus.log.LogFiles;
import dev.imaged.server.xodus.log.PrivateFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes way for a new database where a copy of another store is damaged. The damaged one is moved to a folder inside the data folder, for
 * whoever looks into it, if the disk has room for both. Only the last one is kept. What is not marked as a copy is never touched.
 */
final class DamagedCopy {
    /** A data folder of its own, so that commands can read it. */
    static final String ASIDE = "imaged.damaged";

    private static final Logger log = LoggerFactory.getLogger(DamagedCopy.class);

    private DamagedCopy() {}

    /**
     * Opens a database; if it turns out to be a damaged copy, or was noted as one, a new one in its place.
     *
     * @throws FailedPrecondition as {@link DatabaseFolder#open}
     */
    static <T> T open(Path folder, Contents contents, Supplier<T> opening) {
        CopyMark mark = CopyMark.read(folder);
        if (mark != null && mark.damage() != null) {
            makeWay(folder, contents, mark.damage());
        }
        try {
            return opening.get();
        } catch (FailedPrecondition e) {
            if (!StorageErrors.isDamage(e) || CopyMark.read(folder) == null) {
                throw e;
            }
            makeWay(folder, contents, String.valueOf(e.getMessage()));
            return opening.get();
        }
    }

    private static void makeWay(Path folder, Contents contents, String damage) {
        try {
            int version = FolderMarker.mend(folder, contents.version());
            PrivateFiles.createFolder(FolderMarker.database(folder));
            try (LockedFolder held = LockedFolder.lock(folder, false)) {
                log.warn(
                        "{} Its images are read again from the store that it follows.",
                        remove(held.folder(), version, damage));
            }
        } catch (IOException e) {
            throw FolderMarker.refused(folder, "is damaged, and cannot be cleared: " + e);
        }
    }

    /** Removes the database and all notes about it, the mark last: after a crash this is done again. Returns what was done. */
    private static String remove(Path folder, int version, String damage) throws IOException {
        Path database = FolderMarker.database(folder);
        Path aside = folder.resolve(ASIDE);
        long bytes = bytes(database);
        String what = "A damaged copy was removed from data folder " + folder + ": " + damage + ".";
        if (bytes > 0) {
            delete(aside);
        }
        if (bytes > 0 && Files.getFileStore(folder).getUsableSpace() >= bytes) {
            PrivateFiles.createFolder(aside);
            FolderMarker.writeMarker(aside, version);
            Files.move(database, FolderMarker.database(aside));
            LogFiles.moveNote(database, FolderMarker.database(aside));
            what += " It is now in " + aside + ", which is not needed any more.";
        } else {
            delete(database);
            LogFiles.deleteNote(database);
        }
        PrivateFiles.syncFolder(folder);
        CopyMark.delete(folder);
        return what;
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
