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
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The page of promises: each names tests, and these exist. */
class PromisesTest {
    private static final Pattern TEST = Pattern.compile("`(\\w+(?:Test|IT|Contract))`");

    /** A promise that a whole package or another command shows. */
    private static final Pattern OTHER = Pattern.compile("tests of `dev\\.imaged\\.|`imaged-bench ");

    @Test
    void everyTestThatThePageNamesExists() throws IOException {
        Set<String> named = TEST.matcher(Pages.read("docs/promises.md"))
                .results()
                .map(found -> found.group(1))
                .collect(Collectors.toCollection(TreeSet::new));
        assertTrue(named.size() > 50, named.toString());
        named.removeAll(tests());
        assertEquals(Set.of(), named);
    }

    @Test
    void everyPromiseNamesWhatShowsIt() throws IOException {
        List<String> rows = Pages.read("docs/promises.md")
                .lines()
                .filter(line -> line.startsWith("| ") && !line.startsWith("| promise") && !line.startsWith("| ---"))
                .toList();
        assertTrue(rows.size() > 50, "rows: " + rows.size());
        for (String row : rows) {
            String[] cells = row.split(" \\| ", -1);
            assertEquals(2, cells.length, row);
            assertTrue(TEST.matcher(cells[1]).find() || OTHER.matcher(cells[1]).find(), row);
        }
    }

    /** Returns the names of all test classes. */
    private static Set<String> tests() throws IOException {
        Set<String> names = new TreeSet<>();
        for (String module : List.of("proto", "client", "server")) {
            try (Stream<Path> files = Files.walk(Pages.TOP.resolve(module).resolve("src/test/java"))) {
                files.map(file -> file.getFileName().toString())
                        .filter(name -> name.endsWith(".java"))
                        .forEach(name -> names.add(name.substring(0, name.length() - ".java".length())));
            }
        }
        return names;
    }
}
