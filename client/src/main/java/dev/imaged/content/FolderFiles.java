package dev.imaged.content;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;

/** The files of a layout in a folder. Symbolic links are followed: a blob is trusted for its digest, not its place. */
record FolderFiles(Path folder) implements LayoutFiles {
    @Override
    public OptionalLong size(String path) throws IOException {
        Path file = folder.resolve(path);
        // Only a regular file: opening a pipe would wait for ever.
        return Files.isRegularFile(file) ? OptionalLong.of(Files.size(file)) : OptionalLong.empty();
    }

    @Override
    public InputStream open(String path) throws IOException {
        return Files.newInputStream(folder.resolve(path));
    }

    @Override
    public String describe(String path) {
        return folder.resolve(path).toString();
    }

    @Override
    public void close() {}
}
