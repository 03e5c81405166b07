package dev.imaged.server.xodus;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import jetbrains.exodus.log.LogUtil;

/** The files of a store while a test damages them. A file of the log is named without its suffix, which its checksums share. */
final class DamagedFolder {
    static final String DATABASE = "xodus/";

    /** A page of the engine. */
    static final int PAGE = OpenDatabase.LOG_PAGE_BYTES;

    /** Which files of a pair are damaged. */
    enum Part {
        LOG,
        CHECKSUMS,
        PAIR;

        List<String> suffixes() {
            return switch (this) {
                case LOG -> List.of(".xd");
                case CHECKSUMS -> List.of(".crc");
                case PAIR -> List.of(".xd", ".crc");
            };
        }
    }

    private final MadeStore store;
    private final MadeStore other;
    private final Random random;
    private final SortedMap<String, byte[]> files;

    /** @param other a store of the same shape, from which files may come */
    DamagedFolder(MadeStore store, MadeStore other, Random random) {
        this.store = store;
        this.other = other;
        this.random = random;
        this.files = new TreeMap<>(store.newest().files());
    }

    SavedFolder saved() {
        return new SavedFolder(files);
    }

    Random random() {
        return random;
    }

    SavedFolder other() {
        return other.newest();
    }

    /** Replaces a file, or deletes it where there are no bytes. */
    void put(String path, byte[] bytes) {
        if (bytes == null) {
            files.remove(path);
        } else {
            files.put(path, bytes);
        }
    }

    void change(String name, Part part, UnaryOperator<byte[]> bytes) {
        part.suffixes().forEach(suffix -> put(name + suffix, bytes.apply(files.get(name + suffix))));
    }

    /** Puts what a file of another folder holds in the place of a file. */
    void copy(String name, Part part, SavedFolder from, String fromName) {
        part.suffixes().forEach(suffix -> put(name + suffix, from.files().get(fromName + suffix)));
    }

    void remove(Predicate<String> paths) {
        files.keySet().removeIf(paths);
    }

    void removePairs(List<String> names) {
        names.forEach(name -> change(name, Part.PAIR, bytes -> null));
    }

    void replace(SavedFolder by, Predicate<String> paths) {
        remove(paths);
        by.files().forEach((path, bytes) -> {
            if (paths.test(path)) {
                files.put(path, bytes);
            }
        });
    }

    /** All files for which this holds. */
    List<String> paths(Predicate<String> paths) {
        return files.keySet().stream().filter(paths).toList();
    }

    /** The files of the undamaged log, the oldest first. */
    List<String> names() {
        return store.newest().logFiles();
    }

    String newest() {
        return names().get(names().size() - 1);
    }

    String oldestNewestOrBetween() {
        return switch (random.nextInt(3)) {
            case 0 -> names().get(0);
            case 1 -> newest();
            default -> any(names().subList(1, names().size() - 1));
        };
    }

    String anotherThan(String name) {
        return any(names().stream().filter(file -> !file.equals(name)).toList());
    }

    <T> T any(List<T> all) {
        return all.get(random.nextInt(all.size()));
    }

    /** Where a page of a file starts, not the first if there are more. */
    int anyPage(byte[] bytes) {
        return bytes.length <= PAGE ? 0 : PAGE * (1 + random.nextInt((bytes.length - 1) / PAGE));
    }

    /** So many bytes more: often whole pages. */
    byte[] longer(byte[] bytes) {
        int more = random.nextBoolean() ? PAGE * (1 + random.nextInt(4)) : 1 + random.nextInt(4 * PAGE);
        return Arrays.copyOf(bytes, bytes.length + more);
    }

    /** The store as it was when a condition held; as it is, if that was never so. */
    SavedFolder olderWhere(Predicate<SavedFolder> condition) {
        List<SavedFolder> all = store.history().stream().filter(condition).toList();
        return all.isEmpty() ? store.newest() : any(all);
    }

    /** The store as it was when it had a file, and any of a part of it was different. */
    SavedFolder olderOf(String name, Part part) {
        return olderWhere(folder -> folder.logFiles().contains(name)
                && part.suffixes().stream()
                        .anyMatch(
                                suffix -> !Arrays.equals(folder.files().get(name + suffix), files.get(name + suffix))));
    }

    /** The name of a file that the log does not have: the next, a later one, or one that cannot be. */
    String freeName(String near) {
        long file = MadeStore.FILE_KIB * 1024;
        long address = switch (random.nextInt(3)) {
            case 0 -> address(newest()) + file;
            case 1 -> address(newest()) + file * (2 + random.nextInt(100));
            default -> address(near) + PAGE;
        };
        return DATABASE + LogUtil.getLogFilename(address).replace(LogUtil.LOG_FILE_EXTENSION, "");
    }

    private static long address(String name) {
        return LogUtil.getAddress(name.substring(DATABASE.length()) + LogUtil.LOG_FILE_EXTENSION);
    }
}
