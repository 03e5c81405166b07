package dev.imaged.server.xodus;

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
 * A file that says that the database in a data folder is a copy of another store, so that nothing is lost with it. It can be read when
 * the database cannot. The first line is the id of the database's log; a second one says what is damaged, if something is.
 *
 * @param log the id of the log
 * @param damage what is damaged, null when nothing is known to be
 */
record CopyMark(UUID log, @Nullable String damage) {
    static final String NAME = "imaged.copy";

    /** Returns the mark of a folder, null when it has none that can be read and is about the database there. */
    static @Nullable CopyMark read(Path folder) {
        try {
            List<String> lines = Files.readAllLines(path(folder), StandardCharsets.UTF_8);
            CopyMark mark = new CopyMark(UUID.fromString(lines.get(0)), lines.size() > 1 ? lines.get(1) : null);
            UUID found = LogFiles.knownId(FolderMarker.database(folder));
            return found == null || found.equals(mark.log) ? mark : null;
        } catch (IOException | IllegalArgumentException | IndexOutOfBoundsException e) {
            return null;
        }
    }

    /** Stores the mark, durably. */
    void write(Path folder) throws IOException {
        String lines = damage == null ? log + "\n" : log + "\n" + damage.replace('\n', ' ') + "\n";
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
