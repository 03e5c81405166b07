package dev.imaged.server;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The Java program of the README, compiled and run as it stands there. */
class ReadmeTest {
    @TempDir
    Path folder;

    @Test
    void theJavaProgramCompilesAndPrintsWhatTheReadmeSays() throws Exception {
        String readme = Files.readString(Path.of("..", "README.md"));
        Path source = Files.writeString(folder.resolve("QuickStart.java"), block(readme, "java"));
        int compiled = ToolProvider.getSystemJavaCompiler()
                .run(null, null, null, "-proc:none", "-cp", System.getProperty("java.class.path"), source.toString());
        assertEquals(0, compiled);

        ServerConfig config = TestDaemon.config(folder.resolve("data"), "--listen", "unix://" + folder.resolve("s"));
        try (ImageServer server = ImageServer.start(config, Clock.systemUTC())) {
            assertEquals(block(readme, "text"), run(server.addresses().get(0).toString()));
        }
    }

    private String run(String address) throws Exception {
        PrintStream before = System.out;
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        try (URLClassLoader loader =
                new URLClassLoader(new URL[] {folder.toUri().toURL()})) {
            System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
            loader.loadClass("QuickStart").getMethod("main", String[].class).invoke(null, (Object)
                    new String[] {address});
        } finally {
            System.setOut(before);
        }
        return printed.toString(StandardCharsets.UTF_8);
    }

    private static String block(String readme, String language) {
        String start = "```" + language + "\n";
        int from = readme.indexOf(start) + start.length();
        return readme.substring(from, readme.indexOf("```", from));
    }
}
