package dev.imaged.server.docs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The figures of {@code docs/comparison.md} are those that {@code bench/README.md} says were measured. */
class ComparisonTest {
    private static final Pattern FIGURE = Pattern.compile("(?<![\\w.])[0-9][0-9,.]*(?![\\w.])");

    private static Stream<String> figures(String text) {
        return FIGURE.matcher(text).results().map(MatchResult::group);
    }

    @Test
    void eachFigureWasMeasured() throws IOException {
        Set<String> measured =
                figures(Files.readString(Path.of("..", "bench", "README.md"))).collect(Collectors.toSet());
        List<String> stated = Page.read("comparison.md").rows("containerd's own store").stream()
                .filter(row -> !row.cells().get(0).equals("history"))
                .flatMap(row -> row.cells().stream().skip(1))
                .flatMap(cell -> figures(cell.replace("/s", " /s")))
                .toList();
        assertTrue(stated.size() > 30, stated.toString());
        assertEquals(
                List.of(),
                stated.stream().filter(figure -> !measured.contains(figure)).toList());
    }
}
