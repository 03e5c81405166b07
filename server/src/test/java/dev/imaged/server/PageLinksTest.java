package dev.imaged.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Every link of a document within the repository leads to a file that is there, and to a heading of the file. */
class PageLinksTest {
    private static final Pattern LINK = Pattern.compile("\\]\\((?!https?:)([^)#\\s]*)(?:#([^)\\s]+))?\\)");

    /** Blocks and spans of code, in which the same characters are not links. */
    private static final Pattern CODE = Pattern.compile("(?ms)^```.*?^```$|`[^`\\n]*`");

    private static final Pattern HEADING = Pattern.compile("(?m)^#+ (.+)$");

    @Test
    void everyLinkLeadsSomewhere() throws IOException {
        List<String> broken = new ArrayList<>();
        int links = 0;
        for (Path page : documents()) {
            for (MatchResult link : LINK.matcher(withoutCode(page)).results().toList()) {
                links++;
                if (!leadsSomewhere(page, link.group(1), link.group(2))) {
                    broken.add(Pages.TOP.relativize(page) + ": " + link.group());
                }
            }
        }
        assertEquals(List.of(), broken);
        assertTrue(links > 50, "links: " + links);
    }

    private static List<Path> documents() throws IOException {
        List<Path> documents = new ArrayList<>(Pages.all());
        for (String other :
                List.of("CHANGELOG.md", "bench/README.md", ".github/CONTRIBUTING.md", ".github/SECURITY.md")) {
            documents.add(Pages.TOP.resolve(other));
        }
        return documents;
    }

    private static String withoutCode(Path page) throws IOException {
        return CODE.matcher(Files.readString(page)).replaceAll("");
    }

    private static boolean leadsSomewhere(Path page, String file, String heading) throws IOException {
        Path target = file.isEmpty() ? page : page.resolveSibling(file).normalize();
        return Files.exists(target)
                && (heading == null
                        || HEADING.matcher(Files.readString(target))
                                .results()
                                .anyMatch(found -> anchor(found.group(1)).equals(heading)));
    }

    /** Returns what a heading is linked by: its words in lower case with hyphens between them. */
    private static String anchor(String heading) {
        return heading.toLowerCase(Locale.ROOT)
                .replaceAll("[^\\p{L}\\p{N} _-]", "")
                .replace(' ', '-');
    }
}
