package dev.imaged.content;

import java.io.IOException;
import java.nio.file.FileSystemException;
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
        try {
            BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
            // Only a regular file: opening a pipe would wait for ever.
            return attributes.isRegularFile()
                    ? new FileExtent(
                            file,
                            0,
                            attributes.size(),
                            attributes.lastModifiedTime().toInstant())
                    : null;
        } catch (NoSuchFileException e) {
            return null;
        } catch (FileSystemException e) {
            // What may not be looked at is not missing; but under a file there are no files.
            if (Files.isRegularFile(file.getParent())) {
                return null;
            }
            throw e;
        }
    }

    @Override
    public String describe(String path) {
        return folder.resolve(path).toString();
    }
}
