package dev.imaged.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The documents are up to date: the classes that they name exist, and the README is short. */
class PagesTest {
    /** A class in a code span, alone or with one of its members. */
    private static final Pattern CLASS = Pattern.compile("`([A-Z][a-z0-9]+(?:[A-Z][A-Za-z0-9]*)+)(?=[`.(])");

    /** The classes of libraries that pages name. */
    private static final Set<String> OF_LIBRARIES = Set.of("ByteString");

    private static final int MAX_README_LINES = 160;

    @Test
    void everyClassExistsThatThePagesForReadersOfTheSourceName() throws IOException {
        Set<String> classes = classes();
        Set<String> named = new TreeSet<>();
        Set<String> unknown = new TreeSet<>();
        for (Path page : Pages.all()) {
            if (page.endsWith("docs/architecture.md") || page.getParent().endsWith("docs/decisions")) {
                CLASS.matcher(Files.readString(page))
                        .results()
                        .map(found -> found.group(1))
                        .filter(name -> !OF_LIBRARIES.contains(name))
                        .forEach(name -> (classes.contains(name) ? named : unknown).add(name));
            }
        }
        assertEquals(Set.of(), unknown);
        assertTrue(named.size() > 50, named.toString());
    }

    @Test
    void everyPackageExistsThatTheArchitectureNames() throws IOException {
        Path packages = Pages.TOP.resolve("server/src/main/java/dev/imaged/server");
        List<String> named = Pages.read("docs/architecture.md")
                .lines()
                .dropWhile(line -> !line.startsWith("| package | "))
                .takeWhile(line -> line.startsWith("|"))
                .flatMap(line -> Stream.of(
                        line.split(" \\| ", 2)[0].replaceAll("[| ]", "").split(",", -1)))
                .filter(cell -> cell.startsWith("`"))
                .map(cell -> cell.replace("`", ""))
                .toList();
        assertTrue(named.size() > 8, named.toString());
        try (Stream<Path> folders = Files.walk(packages)) {
            Set<String> existing = new TreeSet<>(folders.filter(Files::isDirectory)
                    .filter(folder -> !folder.equals(packages))
                    .map(folder -> packages.relativize(folder).toString().replace('/', '.'))
                    .toList());
            assertEquals(existing, new TreeSet<>(named));
        }
    }

    @Test
    void theReadmeIsShort() throws IOException {
        long lines = Pages.read("README.md").lines().count();
        assertTrue(lines <= MAX_README_LINES, "lines: " + lines);
    }

    /** Returns the names of all files of classes, those of tests too. */
    private static Set<String> classes() throws IOException {
        Set<String> names = new TreeSet<>();
        for (String module : List.of("proto", "client", "server", "bench")) {
            try (Stream<Path> files = Files.walk(Pages.TOP.resolve(module).resolve("src"))) {
                files.map(file -> file.getFileName().toString())
                        .filter(name -> name.endsWith(".java"))
                        .forEach(name -> names.add(name.substring(0, name.length() - ".java".length())));
            }
        }
        return names;
    }
}
