package dev.imaged.server.cli;

import dev.imaged.internal.text.Excerpt;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads the path of a file or folder. An empty path, such as that of an unset variable, is refused: it does not mean the current
 * folder. */
final class PathConverter implements ITypeConverter<Path> {
    @Override
    public Path convert(String text) {
        if (text.isEmpty()) {
            throw new TypeConversionException("the path is empty");
        }
        try {
            return Path.of(text);
        } catch (InvalidPathException e) {
            throw new TypeConversionException(Excerpt.quote(text) + " is not a path: " + e.getReason()
                    + "; in a locale without such characters, set LC_ALL=C.UTF-8");
        }
    }
}
