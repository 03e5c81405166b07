package dev.imaged.content;

import dev.imaged.errors.ImageException.InvalidArgument;
import dev.imaged.internal.text.Excerpt;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import org.jspecify.annotations.Nullable;

/**
 * The files of a folder. Symbolic links within the folder are followed. A link that leads out of it is refused, so that its
 * author does not learn anything about other files.
 */
record FolderFiles(Path folder) implements LayoutFiles {
    /** @throws InvalidArgument when a symbolic link leads out of the folder, naming the link */
    @Override
    public @Nullable FileExtent find(String path) throws IOException {
        Path file = folder.resolve(path);
        try {
            Path real = file.toRealPath();
            requireWithin(real, path);
            BasicFileAttributes attributes = Files.readAttributes(real, BasicFileAttributes.class);
            // Only a regular file: opening a pipe would wait for ever.
            return attributes.isRegularFile()
                    ? new FileExtent(
                            FileSource.of(real),
                            0,
                            attributes.size(),
                            attributes.lastModifiedTime().toInstant())
                    : null;
        } catch (NoSuchFileException e) {
            return null;
        } catch (FileSystemException e) {
            // A file that may not be read is not missing; but there are no files under a file.
            if (Files.isRegularFile(file.getParent())) {
                return null;
            }
            throw e;
        }
    }

    private void requireWithin(Path real, String path) throws IOException {
        Path root = folder.toRealPath();
        if (real.startsWith(root)) {
            return;
        }
        Path link = folder;
        for (Path part : Path.of(path)) {
            link = link.resolve(part);
            if (!link.toRealPath().startsWith(root)) {
                break;
            }
        }
        throw new InvalidArgument(link + ": leads out of " + folder);
    }

    @Override
    public @Nullable String obstacle(String path) throws IOException {
        Path file = folder.resolve(path);
        if (Files.isDirectory(file)) {
            return "is a folder";
        } else if (Files.exists(file)) {
            return "is not a regular file";
        }
        return Files.isSymbolicLink(file)
                ? "is a link to " + Excerpt.quote(Files.readSymbolicLink(file).toString()) + ", which is missing"
                : null;
    }

    @Override
    public String describe(String path) {
        return folder.resolve(path).toString();
    }
}
