package dev.imaged.server;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The documents of the repository: README.md and all pages below docs/. */
public final class Pages {
    /** The top of the repository. */
    public static final Path TOP = Path.of("..").toAbsolutePath().normalize();

    private static final Pattern FENCED = Pattern.compile("^```(\\w+)\n(.*?)^```$", Pattern.DOTALL | Pattern.MULTILINE);

    private Pages() {}

    /** A fenced block of a page: its language, and its lines. */
    public record Block(String language, String text) {}

    /** Returns the files of all pages: README.md, then the others by their paths. */
    public static List<Path> all() throws IOException {
        List<Path> pages = new ArrayList<>(List.of(TOP.resolve("README.md")));
        try (Stream<Path> files = Files.walk(TOP.resolve("docs"))) {
            files.filter(file -> file.toString().endsWith(".md")).sorted().forEach(pages::add);
        }
        return pages;
    }

    /** Returns the text of a page, named from the top of the repository. */
    public static String read(String page) throws IOException {
        return Files.readString(TOP.resolve(page));
    }

    /** Returns the fenced blocks of a page that name a language, in their order. */
    public static List<Block> blocks(Path page) throws IOException {
        return FENCED.matcher(Files.readString(page))
                .results()
                .map(Pages::block)
                .toList();
    }

    private static Block block(MatchResult found) {
        return new Block(found.group(1), found.group(2));
    }
}
