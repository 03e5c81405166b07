package dev.imaged.internal.unicode;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Objects;
import java.util.function.BiConsumer;

/** The file {@code unicode.txt}. Its first line names the program that wrote it. That program documents the format. */
final class UnicodeFile {
    private UnicodeFile() {}

    /** Gives the first word of each line, and the rest of the line. */
    static void read(BiConsumer<String, String> line) {
        try (InputStream file = Objects.requireNonNull(UnicodeFile.class.getResourceAsStream("unicode.txt"));
                BufferedReader lines = new BufferedReader(new InputStreamReader(file, StandardCharsets.US_ASCII))) {
            lines.lines().forEach(text -> {
                int space = text.indexOf(' ');
                line.accept(text.substring(0, space), text.substring(space + 1));
            });
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static int[] numbers(String text) {
        return Arrays.stream(text.split(" ")).mapToInt(Integer::parseInt).toArray();
    }
}
