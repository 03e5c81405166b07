package dev.imaged.content;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import org.jspecify.annotations.Nullable;

/** The files of a folder. Symbolic links are followed: a blob is trusted for its digest, not its place. */
record FolderFiles(Path folder) implements LayoutFiles {
    @Override
    public @Nullable FileExtent find(String path) throws IOException {
        Path file = folder.resolve(path);
        // Only a regular file: opening a pipe would wait for ever.
        if (!Files.isRegularFile(file)) {
            return null;
        }
        try {
            BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
            return new FileExtent(
                    file, 0, attributes.size(), attributes.lastModifiedTime().toInstant());
        } catch (NoSuchFileException e) {
            return null; // removed in between, as a collector of garbage may do
        }
    }

    @Override
    public String describe(String path) {
        return folder.resolve(path).toString();
    }
}
