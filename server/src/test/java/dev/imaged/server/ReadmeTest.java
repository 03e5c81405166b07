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
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The Java programs of the README, compiled and run as they stand there. */
class ReadmeTest {
    private static final Pattern CLASS_NAME = Pattern.compile("public class (\\w+)");

    @TempDir
    Path folder;

    @Test
    void theProgramThatKeepsNamesPrintsWhatTheReadmeSays() throws Exception {
        ServerConfig config = TestDaemon.config(folder.resolve("data"), "--listen", "unix://" + folder.resolve("s"));
        try (ImageServer server = ImageServer.start(config, Clock.systemUTC())) {
            assertEquals(
                    block("text", 0),
                    run(block("java", 0), server.addresses().get(0).toString()));
        }
    }

    @Test
    void theProgramThatReadsImagesPrintsWhatTheReadmeSays() throws Exception {
        TestLayout layout = new TestLayout(folder.resolve("layout"));
        Descriptor config = layout.blob(
                MediaType.OCI_CONFIG, "{\"architecture\":\"arm64\",\"os\":\"linux\",\"config\":{\"Cmd\":[\"serve\"]}}");
        Descriptor layer = layout.blob(MediaType.OCI_LAYER_GZIP, "layer");
        Files.delete(layout.path(layer));
        Descriptor arm = layout.manifest(config, layer);
        Descriptor index = layout.index(layout.image("amd64"), arm);
        layout.list(index, Map.of());
        long size = index.size() + arm.size() + config.size() + layer.size();
        assertEquals(
                block("text", 1).replace("SIZE", Long.toString(size)),
                run(block("java", 1), layout.folder().toString()));
    }

    private String run(String program, String argument) throws Exception {
        Matcher name = CLASS_NAME.matcher(program);
        assertTrue(name.find());
        Path source = Files.writeString(folder.resolve(name.group(1) + ".java"), program);
        int compiled = ToolProvider.getSystemJavaCompiler()
                .run(null, null, null, "-proc:none", "-cp", System.getProperty("java.class.path"), source.toString());
        assertEquals(0, compiled);

        PrintStream before = System.out;
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        try (URLClassLoader loader =
                new URLClassLoader(new URL[] {folder.toUri().toURL()})) {
            System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
            loader.loadClass(name.group(1)).getMethod("main", String[].class).invoke(null, (Object)
                    new String[] {argument});
        } finally {
            System.setOut(before);
        }
        return printed.toString(StandardCharsets.UTF_8);
    }

    /** Returns the text of a block in a language, counted from 0. */
    private static String block(String language, int number) throws IOException {
        String fence = "```" + language + "\n";
        return Files.readString(Path.of("..", "README.md"))
                .split(fence, -1)[number + 1]
                .split("```", 2)[0];
    }
}
