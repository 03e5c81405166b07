package dev.imaged.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.imaged.server.cli.Main;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringReader;
import java.io.StringWriter;
import java.util.Properties;
import org.junit.jupiter.api.Test;

class VersionTest {
    private static String commit(String file) throws IOException {
        Properties build = new Properties();
        build.load(new StringReader(file));
        return Version.commit(build);
    }

    private static String printed(String argument) {
        StringWriter out = new StringWriter();
        assertEquals(0, Main.commandLine().setOut(new PrintWriter(out)).execute(argument));
        return out.toString().strip();
    }

    @Test
    void theCommandAndTheOptionSayTheSame() {
        assertTrue(
                printed("version").matches("imaged \\d\\S* \\(commit ([0-9a-f]{7,}|unknown)\\)"), printed("version"));
        assertEquals(printed("version"), printed("--version"));
    }

    @Test
    void theCommitIsThatOfTheHistoryElseOfTheArchiveElseUnknown() throws IOException {
        assertEquals("a158d4b", commit("commit=a158d4b\narchive=$Format:%h$\n"));
        assertEquals("a158d4b", commit("commit=unknown\narchive=a158d4b\n"));
        assertEquals("unknown", commit("commit=unknown\narchive=$Format:%h$\n"));
    }
}
