package dev.imaged.server.xodus;

import dev.imaged.errors.ImageException.FailedPrecondition;
import dev.imaged.server.store.kv.FollowedStore;
import dev.imaged.server.xodus.log.LogFiles;
import dev.imaged.server.xodus.log.PrivateFiles;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A file that says that the database in a data folder is a copy of another store, so that its images can be read again. Only the history
 * is lost with it. The file can be read when the database cannot. Its lines are the id of the database's log, the id of the other store
 * and a revision of it, and what is damaged; the last two may be empty.
 *
 * @param log the id of the log
 * @param of the other store, null when the copy was never whole
 * @param damage what is damaged, null when nothing is known to be
 */
record CopyMark(
        UUID log, @Nullable FollowedStore of, @Nullable String damage) {
    static final String NAME = "imaged.copy";

    /**
     * Returns the mark of a folder, null when it has none that can be read and is about the database there.
     *
     * @throws FailedPrecondition when it has one, and whether that is about the database cannot be read
     */
    static @Nullable CopyMark read(Path folder) {
        CopyMark mark = stored(folder);
        return mark != null && isLog(folder, mark.log) ? mark : null;
    }

    /** Returns the mark of a folder, whichever database it is about; null when it has none that can be read. */
    static @Nullable CopyMark stored(Path folder) {
        try {
            List<String> lines = Files.readAllLines(path(folder), StandardCharsets.UTF_8);
            String damage = lines.get(2);
            return new CopyMark(
                    UUID.fromString(lines.get(0)), followed(lines.get(1)), damage.isEmpty() ? null : damage);
        } catch (IOException | IllegalArgumentException | IndexOutOfBoundsException e) {
            return null;
        }
    }

    private static @Nullable FollowedStore followed(String line) {
        if (line.isEmpty()) {
            return null;
        }
        int space = line.indexOf(' ');
        return new FollowedStore(UUID.fromString(line.substring(0, space)), Long.parseLong(line.substring(space + 1)));
    }

    /** Whether the log in a folder has an id. A folder without a log has any. */
    private static boolean isLog(Path folder, UUID log) {
        Path database = FolderMarker.database(folder);
        try {
            UUID found = LogFiles.knownId(database);
            return found == null ? !LogFiles.hasFiles(database) : found.equals(log);
        } catch (IOException e) {
            throw FolderMarker.refused(folder, "cannot be used: " + e);
        }
    }

    /** Returns a mark that says what is damaged. */
    CopyMark damaged(String what) {
        return new CopyMark(log, of, what.replace('\n', ' '));
    }

    /** Stores the mark, durably. */
    void write(Path folder) throws IOException {
        String followed = of == null ? "" : of.id() + " " + of.revision();
        String lines = log + "\n" + followed + "\n" + (damage == null ? "" : damage) + "\n";
        PrivateFiles.replace(path(folder), lines.getBytes(StandardCharsets.UTF_8));
    }

    /** Deletes the mark of a folder, durably. */
    static void delete(Path folder) throws IOException {
        if (Files.deleteIfExists(path(folder))) {
            PrivateFiles.syncFolder(folder);
        }
    }

    private static Path path(Path folder) {
        return folder.resolve(NAME);
    }
}
