package dev.imaged.server.xodus;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;

/** Data folders of older versions, which the tests keep as resources. */
public final class StoredFolder {
    private StoredFolder() {}

    /** Makes a folder of a stored one. */
    public static void unzip(String name, Path folder) throws IOException {
        try (InputStream resource = StoredFolder.class.getResourceAsStream(name);
                ZipInputStream zip = new ZipInputStream(resource)) {
            for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
                Path file = folder.resolve(entry.getName());
                if (!entry.isDirectory()) {
                    Files.createDirectories(file.getParent());
                    Files.copy(zip, file);
                }
            }
        }
    }

    /** Returns the lines of a text that the older version wrote of what it stored. */
    static List<String> lines(String name) throws IOException {
        try (InputStream resource = StoredFolder.class.getResourceAsStream(name)) {
            return new String(resource.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .toList();
        }
    }
}
