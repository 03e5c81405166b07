package dev.imaged.server.xodus;

import dev.imaged.errors.ImageException.FailedPrecondition;
import dev.imaged.server.store.kv.Contents;
import dev.imaged.server.xodus.log.InterruptedSync;
import dev.imaged.server.xodus.log.LogFiles;
import dev.imaged.server.xodus.log.PrivateFiles;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import jetbrains.exodus.log.LogUtil;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The marker of a data folder: a file that says that the folder is ours and which schema it has. The database's files are in a
 * folder next to the marker. The marker is read before the engine opens them, so that a folder of somebody else is never changed.
 */
final class FolderMarker {
    private static final String MARKER = "imaged.schema";
    private static final String MARKER_IN_THE_MAKING = MARKER + ".new";
    private static final String DATABASE = "xodus";

    /** Marks an empty folder as new, so that it is not taken for one whose volume is missing. The container image has this file. */
    private static final String NEW = "imaged.new";

    /** Marks a folder without a marker in which a restore, or a backup to a folder, runs or did not finish. */
    private static final String UNFINISHED = "imaged.restoring";

    /** The start of the name of a folder in which a store is made before it is moved up. */
    private static final String PARTIAL = "imaged.partial-";

    /** What an empty folder may hold: from a crash while a marker was made, left by a copy, or at the root of a file system. */
    private static final Set<String> AS_GOOD_AS_EMPTY = Set.of(
            MARKER_IN_THE_MAKING,
            NEW,
            CopyMark.NAME,
            CopyMark.NAME + ".new",
            DamagedCopy.ASIDE,
            SpaceReserve.NAME,
            "lost+found");

    /** The modes that let others than the owner in. */
    private static final Set<PosixFilePermission> OF_OTHERS = PosixFilePermissions.fromString("---rwxrwx");

    private static final String NOT_OURS =
            "is not ours: it is not empty and has no file " + MARKER + "; name an empty folder";

    private static final String HALF_RESTORED =
            "holds a restore or a backup that did not finish; delete what is in the folder, and start it again";

    private static final Logger log = LoggerFactory.getLogger(FolderMarker.class);

    private FolderMarker() {}

    /**
     * Locks the folder, and makes it if it is missing.
     *
     * @throws FailedPrecondition when the folder cannot be used, is not ours, is in use or has an unknown schema; nothing is changed
     */
    static LockedFolder prepare(Path folder, Contents contents) {
        try {
            PrivateFiles.createFolder(folder);
            if (!Files.exists(marker(folder))) {
                boolean isLost = Files.exists(database(folder)) || LogFiles.isKnown(database(folder));
                requireEmpty(
                        folder,
                        isLost
                                ? EngineErrors.lost(folder, noMarker(contents.version()), null)
                                : refused(folder, NOT_OURS));
                writeMarker(folder, contents.version());
            }
            requireKnownSchema(folder, contents);
            if (LogFiles.isKnown(database(folder)) && !Files.exists(database(folder))) {
                throw EngineErrors.lost(
                        folder, "is damaged: folder " + DATABASE + " is missing; " + wayOut(folder), null);
            }
            InterruptedSync.requireDone(marker(folder)); // before it is locked, because it opens the marker
            if (!Files.exists(database(folder))) {
                PrivateFiles.createFolder(database(folder));
                PrivateFiles.syncFolder(folder);
            }
            if (!isWritable(folder)) {
                throw refused(folder, "cannot be written: it is read-only, or belongs to another user");
            }
            PrivateFiles.createFile(database(folder).resolve("xd.lck")); // the engine would let others read it
            warnIfOpenToOthers(folder);
            LockedFolder locked = LockedFolder.lock(folder, false);
            deleteQuietly(unfinished(folder)); // the marker is there: a crash was in between
            return locked;
        } catch (IOException e) {
            throw refused(folder, "cannot be used: " + e);
        }
    }

    /**
     * Locks an existing folder against writers, to read it. Nothing is changed, so the file system may be read-only.
     *
     * @throws FailedPrecondition when there is no store in the folder, it is in use or has an unknown schema
     */
    static LockedFolder prepareToRead(Path folder, Contents contents) {
        requireExisting(folder);
        try {
            requireKnownSchema(folder, contents);
            return LockedFolder.lock(folder, true);
        } catch (IOException e) {
            throw refused(folder, "cannot be read: " + e);
        }
    }

    private static void warnIfOpenToOthers(Path folder) throws IOException {
        Set<PosixFilePermission> found = new HashSet<>(Files.getPosixFilePermissions(folder));
        found.retainAll(OF_OTHERS);
        if (!found.isEmpty()) {
            log.warn(
                    "data folder {} is open to others than its owner ({}), whatever the modes of the sockets are: chmod -R go= {}",
                    folder,
                    PosixFilePermissions.toString(Files.getPosixFilePermissions(folder)),
                    folder);
        }
    }

    /** Returns the folder of the database's files. */
    static Path database(Path folder) {
        return folder.resolve(DATABASE);
    }

    /** Whether this process may change what is in the folder. */
    static boolean isWritable(Path folder) {
        return Files.isWritable(folder) && Files.isWritable(database(folder)) && Files.isWritable(marker(folder));
    }

    /** Returns the file that a folder has once it is prepared. */
    static Path marker(Path folder) {
        return folder.resolve(MARKER);
    }

    private static Path unfinished(Path folder) {
        return folder.resolve(UNFINISHED);
    }

    /**
     * Makes the folder of the database's files in an empty folder, which is not ours until it is finished.
     *
     * @throws FailedPrecondition when it cannot be used or is not empty; nothing is changed then
     */
    static Path prepareEmpty(Path folder) {
        try {
            PrivateFiles.createFolder(folder);
            requireEmpty(folder, refused(folder, "is not empty"));
            CopyMark.delete(folder); // what is made here is not that copy
            PrivateFiles.createFile(unfinished(folder));
            PrivateFiles.syncFolder(folder);
            PrivateFiles.createFolder(database(folder));
            return database(folder);
        } catch (IOException e) {
            throw refused(folder, "cannot be used: " + e);
        }
    }

    /** Makes a prepared folder ours. */
    static void finish(Path folder, int version) throws IOException {
        PrivateFiles.syncFolder(database(folder));
        writeMarker(folder, version);
        Files.deleteIfExists(unfinished(folder));
    }

    /**
     * Moves a finished folder to a place that is missing or empty, durably. The marker comes last: the place is ours once it has it.
     */
    static void move(Path made, Path folder) throws IOException {
        if (!Files.exists(folder)) {
            Files.move(made, folder, StandardCopyOption.ATOMIC_MOVE);
            PrivateFiles.syncFolder(folder.resolveSibling("."));
            return;
        }
        CopyMark.delete(folder);
        PrivateFiles.createFile(unfinished(folder));
        PrivateFiles.syncFolder(folder);
        try (Stream<Path> entries = Files.list(made)) {
            for (Path entry :
                    entries.filter(entry -> !entry.equals(marker(made))).toList()) {
                Files.move(entry, folder.resolve(entry.getFileName()), StandardCopyOption.REPLACE_EXISTING);
            }
        }
        PrivateFiles.syncFolder(folder);
        Files.move(marker(made), marker(folder));
        PrivateFiles.syncFolder(folder);
        deleteQuietly(unfinished(folder));
        deleteQuietly(folder.resolve(NEW));
        deleteQuietly(made);
    }

    /** Deletes a file that does no harm if it stays. */
    private static void deleteQuietly(Path path) {
        try {
            Files.deleteIfExists(path);
        } catch (IOException e) {
            log.warn("{} is not needed any more, and cannot be deleted: {}", path, e.toString());
        }
    }

    /** @throws FailedPrecondition when there is no store in the folder; nothing is changed */
    static void requireExisting(Path folder) {
        if (!Files.exists(marker(folder))) {
            throw noStore(folder, "");
        }
    }

    /**
     * @param hint what the message says to do about it
     * @throws FailedPrecondition when there is no store in the folder, and it is not marked as new; nothing is changed
     */
    static void requireExistingOrNew(Path folder, String hint) {
        if (!Files.exists(marker(folder)) && !Files.exists(folder.resolve(NEW))) {
            throw noStore(folder, hint);
        }
    }

    /** @throws FailedPrecondition when there is anything in the folder; nothing is changed */
    static void requireNew(Path folder) {
        try {
            if (Files.exists(folder)) {
                requireEmpty(folder, refused(folder, "is not empty"));
            }
        } catch (IOException e) {
            throw refused(folder, "cannot be used: " + e);
        }
    }

    private static String noMarker(int version) {
        return "is not ours, or damaged: file " + MARKER + " is missing; put the file back, which holds " + version
                + ", restore a backup, or name an empty folder";
    }

    private static FailedPrecondition noStore(Path folder, String hint) {
        if (isHalfRestored(folder)) {
            return refused(folder, HALF_RESTORED);
        }
        String why = Files.exists(folder) ? "it has no file " + MARKER : "it is missing";
        return refused(folder, "holds no images: " + why + hint);
    }

    private static boolean isUnfinished(String name) {
        return name.equals(UNFINISHED) || name.startsWith(PARTIAL);
    }

    private static boolean isHalfRestored(Path folder) {
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.anyMatch(entry -> isUnfinished(entry.getFileName().toString()));
        } catch (IOException e) {
            return false; // it is missing, or cannot be listed
        }
    }

    /** Returns what a message says to do about a damaged folder. */
    static String wayOut(Path folder) {
        return "put the file back, restore a backup, or copy what can be read with: imaged salvage " + folder
                + " --to NEW";
    }

    static FailedPrecondition refused(Path folder, String why) {
        return refused(folder, why, null);
    }

    static FailedPrecondition refused(Path folder, String why, @Nullable Exception cause) {
        return new FailedPrecondition("data folder " + folder + " " + why, cause);
    }

    private static void requireEmpty(Path folder, FailedPrecondition otherwise) throws IOException {
        try (Stream<Path> entries = Files.list(folder)) {
            Set<String> names =
                    entries.map(entry -> entry.getFileName().toString()).collect(Collectors.toSet());
            names.removeAll(AS_GOOD_AS_EMPTY);
            if (names.stream().anyMatch(FolderMarker::isUnfinished)) {
                throw refused(folder, HALF_RESTORED);
            }
            if (!names.isEmpty()) {
                throw otherwise;
            }
        }
    }

    private static void requireKnownSchema(Path folder, Contents contents) throws IOException {
        String schema = schema(folder);
        if (!isNumber(schema)) {
            throw EngineErrors.lost(
                    folder,
                    "is not ours, or damaged: its file " + MARKER + " holds "
                            + (schema.isEmpty() ? "nothing" : "no number") + "; put the file back, which holds "
                            + contents.version() + ", or restore a backup",
                    null);
        }
        int found = Integer.parseInt(schema);
        requireKnown(folder, () -> contents.requireKnown(found));
        if (found < contents.version()) {
            requireFilesOfThisSize(folder);
        }
    }

    private static String schema(Path folder) throws IOException {
        try (var in = Files.newInputStream(marker(folder))) {
            return new String(in.readNBytes(16), StandardCharsets.UTF_8).strip();
        }
    }

    private static boolean isNumber(String schema) {
        return schema.matches("[0-9]{1,9}");
    }

    /**
     * Returns the version in the marker of a folder that is known to be ours, that of the contents if the marker is missing or damaged.
     *
     * @throws FailedPrecondition when a newer program made the folder
     */
    static int version(Path folder, Contents contents) throws IOException {
        if (!Files.exists(marker(folder)) || !isNumber(schema(folder))) {
            return contents.version();
        }
        int found = Integer.parseInt(schema(folder));
        requireKnown(folder, () -> contents.requireKnown(found));
        return found;
    }

    /** The first versions had larger files, and the engine finds an address by the size of files. */
    private static void requireFilesOfThisSize(Path folder) {
        for (File file : LogUtil.listFiles(database(folder).toFile())) {
            if (file.length() > OpenDatabase.LOG_FILE_KIB * 1024) {
                throw refused(
                        folder,
                        "cannot be migrated: file " + file.getName() + " has " + file.length()
                                + " bytes, and this program reads files of up to "
                                + OpenDatabase.LOG_FILE_KIB * 1024 + "; use the imaged that wrote it");
            }
        }
    }

    /** Runs a check of the schema, and adds the folder to its message. */
    static void requireKnown(Path folder, Runnable check) {
        try {
            check.run();
        } catch (FailedPrecondition e) {
            throw refused(folder, String.valueOf(e.getMessage()));
        }
    }

    /** Returns the content of the marker. */
    static byte[] content(int version) {
        return (version + "\n").getBytes(StandardCharsets.UTF_8);
    }

    static void writeMarker(Path folder, int version) throws IOException {
        PrivateFiles.replace(marker(folder), content(version));
        Files.deleteIfExists(folder.resolve(NEW));
    }
}
