package dev.imaged.server.xodus;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * All that a data folder held at one moment: what is in each file, by its path in the folder. A folder has a path that ends with
 * a slash, and holds nothing itself. Nobody changes the arrays.
 */
record SavedFolder(SortedMap<String, byte[]> files) {
    /** The file that says who uses the folder; every start writes it. */
    static final String LOCK = "xodus/xd.lck";

    private static final byte[] NOTHING = {};

    static SavedFolder of(Path folder) throws IOException {
        return of(folder, new SavedFolder(new TreeMap<>()));
    }

    /** As {@link #of(Path)}, and takes no memory for files that are as they were before. */
    static SavedFolder of(Path folder, SavedFolder before) throws IOException {
        SortedMap<String, byte[]> files = new TreeMap<>();
        try (Stream<Path> paths = Files.walk(folder)) {
            for (Path path : paths.filter(path -> !path.equals(folder)).toList()) {
                boolean isFolder = Files.isDirectory(path);
                String name = folder.relativize(path) + (isFolder ? "/" : "");
                byte[] bytes = isFolder ? NOTHING : Files.readAllBytes(path);
                byte[] known = before.files.get(name);
                files.put(name, Arrays.equals(known, bytes) ? known : bytes);
            }
        }
        return new SavedFolder(files);
    }

    /** Returns one whose files may change. */
    SavedFolder copy() {
        return new SavedFolder(new TreeMap<>(files));
    }

    /** Makes a folder hold this and nothing else. */
    void writeTo(Path folder) throws IOException {
        if (Files.exists(folder)) {
            delete(folder);
        }
        Files.createDirectories(folder);
        for (Map.Entry<String, byte[]> file : files.entrySet()) {
            Path path = folder.resolve(file.getKey());
            if (file.getKey().endsWith("/")) {
                Files.createDirectories(path);
            } else {
                Files.createDirectories(path.getParent());
                Files.write(path, file.getValue());
            }
        }
    }

    /** Returns the paths of what is only in one of two folders or differs. */
    SortedSet<String> differences(SavedFolder other) {
        SortedSet<String> names = new TreeSet<>(files.keySet());
        names.addAll(other.files.keySet());
        names.removeIf(name -> Arrays.equals(files.get(name), other.files.get(name)));
        return names;
    }

    /** Returns the names of the log's files without what tells files and checksums apart, the oldest first. */
    List<String> logFiles() {
        return files.keySet().stream()
                .filter(name -> name.endsWith(".xd"))
                .map(name -> name.substring(0, name.length() - ".xd".length()))
                .toList();
    }

    static void delete(Path folder) throws IOException {
        try (Stream<Path> paths = Files.walk(folder)) {
            for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }
}
