package dev.imaged.server.xodus;

import static dev.imaged.server.xodus.DamagedFolder.DATABASE;
import static dev.imaged.server.xodus.DamagedFolder.PAGE;

import dev.imaged.server.xodus.DamagedFolder.Part;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * One way in which files of a store are damaged as a whole.
 *
 * @param opens whether the store has to open all the same: nothing that it needs is missing
 */
record WholeFileDamage(String name, boolean opens, Consumer<DamagedFolder> change) {
    private static final String MARKER = "imaged.schema";

    /** What happens to a file of the log, to its checksums, or to both. */
    private interface FileChange {
        void apply(DamagedFolder folder, String name, Part part);
    }

    /** All kinds. What removes all that could know of it is out of scope: an old copy of the whole data folder is a store. */
    static Stream<WholeFileDamage> all() {
        List<WholeFileDamage> all = new ArrayList<>();
        addFileChanges(all);
        addFolderChanges(all);
        addHarmless(all);
        return all.stream();
    }

    private static void addFileChanges(List<WholeFileDamage> all) {
        of(all, "missing", (folder, name, part) -> folder.change(name, part, bytes -> null));
        of(all, "empty", (folder, name, part) -> folder.change(name, part, bytes -> new byte[0]));
        of(
                all,
                "cut to pages",
                (folder, name, part) -> folder.change(name, part, bytes -> {
                    return Arrays.copyOf(bytes, bytes.length > PAGE ? folder.anyPage(bytes) : bytes.length / 8 * 4);
                }));
        of(
                all,
                "cut anywhere",
                (folder, name, part) -> folder.change(name, part, bytes -> {
                    return Arrays.copyOf(bytes, folder.random().nextInt(Math.max(1, bytes.length)));
                }));
        of(all, "longer by zeros", (folder, name, part) -> folder.change(name, part, folder::longer));
        of(
                all,
                "longer by filler",
                (folder, name, part) -> folder.change(name, part, bytes -> {
                    byte[] longer = folder.longer(bytes);
                    Arrays.fill(longer, bytes.length, longer.length, (byte) 0x80);
                    return longer;
                }));
        of(
                all,
                "longer by garbage",
                (folder, name, part) -> folder.change(name, part, bytes -> {
                    byte[] longer = folder.longer(bytes);
                    folder.random().nextBytes(longer);
                    System.arraycopy(bytes, 0, longer, 0, bytes.length);
                    return longer;
                }));
        of(
                all,
                "longer by its own pages",
                (folder, name, part) -> folder.change(name, part, bytes -> {
                    int from = folder.anyPage(bytes);
                    int count = Math.min(2 * PAGE, bytes.length - from);
                    byte[] longer = Arrays.copyOf(bytes, bytes.length + count);
                    System.arraycopy(bytes, from, longer, bytes.length, count);
                    return longer;
                }));
        of(all, "swapped with another", (folder, name, part) -> {
            SavedFolder before = folder.saved().copy();
            String other = folder.anotherThan(name);
            folder.copy(name, part, before, other);
            folder.copy(other, part, before, name);
        });
        of(all, "overlaid with another", (folder, name, part) -> {
            folder.copy(name, part, folder.saved(), folder.anotherThan(name));
        });
        of(all, "older", (folder, name, part) -> folder.copy(name, part, folder.olderOf(name, part), name));
        of(all, "doubled", (folder, name, part) -> folder.copy(folder.freeName(name), part, folder.saved(), name));
        of(all, "of another store", (folder, name, part) -> {
            List<String> names = folder.other().logFiles();
            folder.copy(name, part, folder.other(), names.contains(name) ? name : folder.any(names));
        });
    }

    private static void of(List<WholeFileDamage> all, String what, FileChange change) {
        for (Part part : Part.values()) {
            String name = part.name().toLowerCase(Locale.ROOT) + " " + what;
            all.add(new WholeFileDamage(
                    name, false, folder -> change.apply(folder, folder.oldestNewestOrBetween(), part)));
        }
    }

    private static void addFolderChanges(List<WholeFileDamage> all) {
        of(all, "oldest pairs missing", folder -> {
            List<String> names = folder.names();
            folder.removePairs(names.subList(0, 2 + folder.random().nextInt(names.size() - 2)));
        });
        of(all, "newest pairs missing", folder -> {
            List<String> names = folder.names();
            folder.removePairs(names.subList(1 + folder.random().nextInt(names.size() - 1), names.size()));
        });
        of(all, "all logs missing", folder -> folder.remove(path -> path.endsWith(".xd")));
        of(all, "all pairs missing", folder -> folder.removePairs(folder.names()));
        of(all, "database missing", folder -> folder.remove(path -> path.startsWith(DATABASE)));
        of(all, "database empty", folder -> folder.remove(path -> inDatabase(path) && !path.equals(DATABASE)));
        of(
                all,
                "database older",
                folder -> folder.replace(folder.olderWhere(any -> true), WholeFileDamage::inDatabase));
        of(all, "database of another store", folder -> folder.replace(folder.other(), WholeFileDamage::inDatabase));
        for (Part part : Part.values()) {
            of(all, "all older but the newest " + part.name().toLowerCase(Locale.ROOT), folder -> {
                String newest = folder.newest();
                // The newest was another file then, or little is older.
                SavedFolder older = folder.olderWhere(any -> !any.logFiles().contains(newest));
                Predicate<String> isKept = path -> part.suffixes().stream().anyMatch(end -> path.equals(newest + end));
                folder.replace(older, isKept.negate());
            });
        }
        of(all, "deleted files back", folder -> {
            SavedFolder older = folder.olderWhere(any -> !folder.names().containsAll(any.logFiles()));
            List<String> deleted = older.logFiles().stream()
                    .filter(name -> !folder.names().contains(name))
                    .toList();
            deleted.forEach(name -> folder.copy(name, Part.PAIR, older, name));
        });
        of(all, "notes older", folder -> folder.replace(folder.olderWhere(any -> true), WholeFileDamage::isNote));
        of(all, "notes of another store", folder -> folder.replace(folder.other(), WholeFileDamage::isNote));
        of(
                all,
                "notes empty",
                folder -> folder.paths(WholeFileDamage::isNote).forEach(path -> folder.put(path, new byte[0])));
        of(all, "marker missing", folder -> folder.put(MARKER, null));
        of(all, "marker empty", folder -> folder.put(MARKER, new byte[0]));
        of(all, "marker of another store", folder -> folder.replace(folder.other(), path -> !inDatabase(path)));
    }

    private static void of(List<WholeFileDamage> all, String name, Consumer<DamagedFolder> change) {
        all.add(new WholeFileDamage(name, false, change));
    }

    private static void addHarmless(List<WholeFileDamage> all) {
        harmless(all, "all checksums missing", folder -> folder.remove(path -> path.endsWith(".crc")));
        harmless(all, "lock missing", folder -> folder.put(SavedFolder.LOCK, null));
        // An earlier version wrote no notes.
        harmless(all, "notes missing", folder -> folder.remove(WholeFileDamage::isNote));
        harmless(
                all,
                "notes of the database missing",
                folder -> folder.remove(path -> isNote(path) && inDatabase(path)));
        Predicate<String> besides = path -> isNote(path) && !inDatabase(path);
        harmless(all, "notes next to the database missing", folder -> folder.remove(besides));
        // A power cut may leave one that is older.
        harmless(
                all,
                "notes next to the database older",
                folder -> folder.replace(folder.olderWhere(any -> true), besides));
    }

    private static void harmless(List<WholeFileDamage> all, String name, Consumer<DamagedFolder> change) {
        all.add(new WholeFileDamage(name, true, change));
    }

    private static boolean inDatabase(String path) {
        return path.startsWith(DATABASE);
    }

    /** What knows how far the log was synced, besides the checksums. */
    private static boolean isNote(String path) {
        boolean isLog = path.endsWith(".xd") || path.endsWith(".crc");
        return !isLog && !path.endsWith("/") && !path.equals(MARKER) && !path.equals(SavedFolder.LOCK);
    }

    /** Returns the folder of a store after this has happened to it: the same folder, where it cannot happen. */
    SavedFolder apply(MadeStore store, MadeStore other, Random random) {
        DamagedFolder folder = new DamagedFolder(store, other, random);
        change.accept(folder);
        return folder.saved();
    }

    @Override
    public String toString() {
        return name;
    }
}
