package dev.imaged.server;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/**
 * Draws which package of the library and of the daemon uses which, from their classes. {@code -Dimaged.golden.update=true} writes
 * the drawing again.
 */
class PackagesDrawingTest {
    private static final Path DRAWING = Path.of("..", "docs", "packages.md");
    private static final String ROOT = "dev.imaged.";
    private static final String SERVER = "server";

    private final SortedMap<String, Integer> classes = new TreeMap<>();
    private final SortedMap<String, SortedSet<String>> uses = new TreeMap<>();

    @Test
    void theDrawingInTheDocumentsIsThatOfTheClasses() throws IOException {
        new ClassFileImporter()
                        .withImportOption(new ImportOption.DoNotIncludeTests())
                        .withImportOption(
                                location -> !location.contains("/test-classes/") && !location.contains("-tests.jar"))
                        .importPackages("dev.imaged")
                        .stream()
                        .filter(PackagesDrawingTest::isOurs)
                        .forEach(this::add);
        String drawing = draw();
        if (Boolean.getBoolean("imaged.golden.update")) {
            Files.writeString(DRAWING, drawing);
        }

        assertEquals(
                Files.readString(DRAWING),
                drawing,
                "docs/packages.md is out of date; write it again with: mvn -pl server -am test"
                        + " -Dtest=PackagesDrawingTest -Dsurefire.failIfNoSpecifiedTests=false -Dimaged.golden.update=true");
    }

    /** What is generated from the protocol is drawn as part of the packages that use it: not at all. */
    private static boolean isOurs(JavaClass javaClass) {
        String name = javaClass.getPackageName() + ".";
        return name.startsWith(ROOT) && !name.startsWith(ROOT + "proto.");
    }

    private void add(JavaClass javaClass) {
        String from = node(javaClass);
        if (javaClass.isTopLevelClass() && !javaClass.getSimpleName().equals("package-info")) {
            classes.merge(from, 1, Integer::sum);
        }
        for (Dependency dependency : javaClass.getDirectDependenciesFromSelf()) {
            JavaClass target = dependency.getTargetClass();
            if (isOurs(target) && !node(target).equals(from)) {
                uses.computeIfAbsent(from, any -> new TreeSet<>()).add(node(target));
            }
        }
    }

    private static String node(JavaClass javaClass) {
        return javaClass.getPackageName().substring(ROOT.length());
    }

    private static boolean isOfServer(String node) {
        return node.equals(SERVER) || node.startsWith(SERVER + ".");
    }

    private String draw() {
        StringBuilder text = new StringBuilder("# Packages\n\n")
                .append("Which package uses which, with the number of classes. A test draws this from the classes.\n")
                .append("The daemon, without what it uses of the library:\n\n");
        draw(text, "daemon", true);
        text.append("\nThe library:\n\n");
        draw(text, "library", false);
        text.append("\nWhat the daemon uses of the library:\n\n| package | uses |\n| --- | --- |\n");
        uses.forEach((from, to) -> {
            SortedSet<String> ofLibrary = new TreeSet<>(to);
            ofLibrary.removeIf(PackagesDrawingTest::isOfServer);
            if (isOfServer(from) && !ofLibrary.isEmpty()) {
                text.append("| ")
                        .append(from)
                        .append(" | ")
                        .append(String.join(", ", ofLibrary))
                        .append(" |\n");
            }
        });
        return text.toString();
    }

    private void draw(StringBuilder text, String module, boolean ofServer) {
        text.append("```mermaid\nflowchart TD\n  subgraph ").append(module).append('\n');
        for (Map.Entry<String, Integer> node : classes.entrySet()) {
            if (isOfServer(node.getKey()) == ofServer) {
                text.append("    %s[\"%s (%d)\"]\n".formatted(id(node.getKey()), node.getKey(), node.getValue()));
            }
        }
        text.append("  end\n");
        uses.forEach((from, all) -> {
            for (String to : all) {
                if (isOfServer(from) == ofServer && isOfServer(to) == ofServer) {
                    text.append("  ")
                            .append(id(from))
                            .append(" --> ")
                            .append(id(to))
                            .append('\n');
                }
            }
        });
        text.append("```\n");
    }

    private static String id(String node) {
        return node.replace('.', '_');
    }
}
