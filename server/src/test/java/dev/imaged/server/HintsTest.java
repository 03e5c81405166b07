package dev.imaged.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.imaged.server.cli.Main;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The hints of a daemon, on the standard error of a command. */
class HintsTest {
    @TempDir
    Path folder;

    private ImageServer server;
    private String out = "";
    private String err = "";

    @BeforeEach
    void serve() {
        server = ImageServer.start(
                TestDaemon.config(folder.resolve("data"), "--listen", "unix://" + folder.resolve("s")),
                Clock.systemUTC());
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private int run(String... arguments) {
        StringWriter printed = new StringWriter();
        StringWriter errors = new StringWriter();
        List<String> command = new ArrayList<>(List.of(arguments));
        command.addAll(List.of("--address", server.addresses().get(0).toString()));
        int code = Main.commandLine()
                .setOut(new PrintWriter(printed))
                .setErr(new PrintWriter(errors))
                .execute(command.toArray(String[]::new));
        out = printed.toString();
        err = errors.toString();
        return code;
    }

    @Test
    void aFilterThatCannotMatchIsHintedAt() {
        assertEquals(0, run("images", "ls", "-q", "target.size==1"));
        assertEquals("", out);
        assertTrue(err.startsWith("hint: "), err);
        assertTrue(err.contains("target.size"), err);
        assertEquals(1, err.lines().count(), err);
    }

    @Test
    void aFilterThatIsWrongIsHintedAtAfterTheError() {
        assertEquals(2, run("images", "ls", "labels.io.cri-containerd.image==x"));
        List<String> lines = err.lines().toList();
        assertEquals(2, lines.size(), err);
        assertTrue(lines.get(0).startsWith("imaged: filters: parse error"), err);
        assertTrue(lines.get(1).startsWith("hint: "), err);
        assertTrue(lines.get(1).contains("labels.\"io.cri-containerd.image\""), err);
    }

    @Test
    void otherFiltersAreNot() {
        assertEquals(0, run("images", "ls", "name==a"));
        assertEquals("", err);
    }
}
