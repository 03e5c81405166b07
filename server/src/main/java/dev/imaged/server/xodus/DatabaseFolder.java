package dev.imaged.server.xodus;

import dev.imaged.errors.ImageException.FailedPrecondition;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The data folder: a file that says whose it is and which schema it has, and the database's files in a folder beside
 * it. It is looked at before the engine is, so that a folder which is not ours is never touched.
 */
final class DatabaseFolder {
    private static final String MARKER = "imaged.schema";
    private static final String MARKER_IN_THE_MAKING = MARKER + ".new";
    private static final String DATABASE = "xodus";

    /** What an empty folder may hold: a crash while the marker was made, or the root of a file system. */
    private static final Set<String> AS_GOOD_AS_EMPTY = Set.of(MARKER_IN_THE_MAKING, "lost+found");

    private DatabaseFolder() {}

    /**
     * Returns the folder of the database's files, made if need be.
     *
     * @throws FailedPrecondition when the folder cannot be used, is not ours or of another schema; nothing is changed
     */
    static Path prepare(Path folder) {
        try {
            Files.createDirectories(folder);
            if (!Files.exists(marker(folder))) {
                requireEmpty(
                        folder, "is not ours: it is not empty and has no file " + MARKER + "; name an empty folder");
                writeMarker(folder);
            }
            requireKnownSchema(folder);
            Path database = folder.resolve(DATABASE);
            Files.createDirectories(database);
            if (!Files.isWritable(database)) {
                throw new AccessDeniedException(database.toString());
            }
            return database;
        } catch (IOException e) {
            throw refused(folder, "cannot be used: " + e);
        }
    }

    /** Returns the file that a folder has once it is prepared. */
    static Path marker(Path folder) {
        return folder.resolve(MARKER);
    }

    /**
     * Makes the folder of the database's files in an empty folder, which is not ours until it is finished.
     *
     * @throws FailedPrecondition when it cannot be used or is not empty; nothing is changed then
     */
    static Path prepareEmpty(Path folder) {
        try {
            Files.createDirectories(folder);
            requireEmpty(folder, "is not empty");
            return Files.createDirectories(folder.resolve(DATABASE));
        } catch (IOException e) {
            throw refused(folder, "cannot be used: " + e);
        }
    }

    /** Makes a prepared folder ours. */
    static void finish(Path folder) throws IOException {
        sync(folder.resolve(DATABASE), StandardOpenOption.READ);
        writeMarker(folder);
    }

    /** @throws FailedPrecondition when there is no store in the folder; nothing is changed */
    static void requireExisting(Path folder) {
        if (!Files.exists(marker(folder))) {
            throw refused(folder, "holds no images: it has no file " + MARKER);
        }
    }

    static FailedPrecondition refused(Path folder, String why) {
        return new FailedPrecondition("data folder " + folder + " " + why);
    }

    private static void requireEmpty(Path folder, String otherwise) throws IOException {
        try (Stream<Path> entries = Files.list(folder)) {
            Set<String> names =
                    entries.map(entry -> entry.getFileName().toString()).collect(Collectors.toSet());
            names.removeAll(AS_GOOD_AS_EMPTY);
            if (!names.isEmpty()) {
                throw refused(folder, otherwise);
            }
        }
    }

    private static void requireKnownSchema(Path folder) throws IOException {
        byte[] start;
        try (var in = Files.newInputStream(marker(folder))) {
            start = in.readNBytes(16);
        }
        String schema = new String(start, java.nio.charset.StandardCharsets.UTF_8).strip();
        if (!schema.matches("[0-9]{1,9}")) {
            throw refused(folder, "is not ours: its file " + MARKER + " holds no number");
        }
        if (Integer.parseInt(schema) != XodusSchema.VERSION) {
            throw refused(
                    folder,
                    "has schema " + schema + ", and this program knows " + XodusSchema.VERSION
                            + " only; use the imaged that made it");
        }
    }

    private static void writeMarker(Path folder) throws IOException {
        Path made = folder.resolve(MARKER_IN_THE_MAKING);
        Files.writeString(made, XodusSchema.VERSION + "\n");
        sync(made, StandardOpenOption.WRITE);
        Files.move(made, marker(folder), StandardCopyOption.ATOMIC_MOVE);
        sync(folder, StandardOpenOption.READ);
    }

    private static void sync(Path path, StandardOpenOption how) throws IOException {
        try (FileChannel channel = FileChannel.open(path, how)) {
            channel.force(true);
        }
    }
}
