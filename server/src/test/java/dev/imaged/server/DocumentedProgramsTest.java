package dev.imaged.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.imaged.content.TestLayout;
import dev.imaged.oci.Descriptor;
import dev.imaged.oci.MediaType;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The Java programs of the documents, compiled and run as they stand there. The block after a program has what it prints. */
class DocumentedProgramsTest {
    private static final Pattern CLASS_NAME = Pattern.compile("public class (\\w+)");

    @TempDir
    Path folder;

    /** A program of a page, and what it prints. */
    private record Program(String name, String source, String output) {}

    @Test
    void everyProgramOfTheDocumentsIsRunHere() throws IOException {
        assertEquals(
                List.of(
                        "QuickStart",
                        "MoveTag",
                        "WhatWas",
                        "FollowChanges",
                        "SubscribeToChanges",
                        "WithoutWaiting",
                        "LocalCopy",
                        "Release",
                        "WhatIsIt"),
                programs().stream().map(Program::name).toList());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "QuickStart",
                "MoveTag",
                "WhatWas",
                "FollowChanges",
                "SubscribeToChanges",
                "WithoutWaiting",
                "LocalCopy",
                "Release"
            })
    void aProgramThatKeepsNamesPrintsWhatItsPageSays(String name) throws Exception {
        Program program = program(name);
        ServerConfig config = TestDaemon.config(folder.resolve("data"), "--listen", "unix://" + folder.resolve("s"));
        try (ImageServer server = ImageServer.start(config, Clock.systemUTC())) {
            assertEquals(
                    program.output(), run(program, server.addresses().get(0).toString()));
        }
    }

    @Test
    void theProgramThatReadsImagesPrintsWhatItsPageSays() throws Exception {
        TestLayout layout = new TestLayout(folder.resolve("layout"));
        Descriptor config = layout.blob(
                MediaType.OCI_CONFIG, "{\"architecture\":\"arm64\",\"os\":\"linux\",\"config\":{\"Cmd\":[\"serve\"]}}");
        Descriptor layer = layout.blob(MediaType.OCI_LAYER_GZIP, "layer");
        Files.delete(layout.path(layer));
        Descriptor arm = layout.manifest(config, layer);
        Descriptor index = layout.index(layout.image("amd64"), arm);
        layout.list(index, Map.of());
        long size = index.size() + arm.size() + config.size() + layer.size();
        Program program = program("WhatIsIt");
        assertEquals(
                program.output().replace("SIZE", Long.toString(size)),
                run(program, layout.folder().toString()));
    }

    private String run(Program program, String argument) throws Exception {
        Path source = Files.writeString(folder.resolve(program.name() + ".java"), program.source());
        int compiled = ToolProvider.getSystemJavaCompiler()
                .run(null, null, null, "-proc:none", "-cp", System.getProperty("java.class.path"), source.toString());
        assertEquals(0, compiled);

        PrintStream before = System.out;
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        try (URLClassLoader loader =
                new URLClassLoader(new URL[] {folder.toUri().toURL()})) {
            System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
            loader.loadClass(program.name()).getMethod("main", String[].class).invoke(null, (Object)
                    new String[] {argument});
        } finally {
            System.setOut(before);
        }
        return printed.toString(StandardCharsets.UTF_8);
    }

    private static Program program(String name) throws IOException {
        return programs().stream()
                .filter(program -> program.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private static List<Program> programs() throws IOException {
        List<Program> programs = new ArrayList<>();
        for (Path page : Pages.all()) {
            List<Pages.Block> blocks = Pages.blocks(page);
            for (int i = 0; i < blocks.size(); i++) {
                if (blocks.get(i).language().equals("java")) {
                    programs.add(program(blocks.get(i), blocks.get(i + 1)));
                }
            }
        }
        return programs;
    }

    private static Program program(Pages.Block source, Pages.Block output) {
        Matcher name = CLASS_NAME.matcher(source.text());
        assertTrue(name.find(), source.text());
        assertEquals("text", output.language(), "what comes after the program " + name.group(1));
        return new Program(name.group(1), source.text(), output.text());
    }
}
