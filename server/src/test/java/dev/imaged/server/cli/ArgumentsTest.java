package dev.imaged.server.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.imaged.errors.ImageException.InvalidArgument;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class ArgumentsTest {
    private static byte[] bytes(String commandLine, Charset charset) {
        return commandLine.replace('|', '\0').getBytes(charset);
    }

    @Test
    void aCommandWithoutALocaleReadsAndPrintsWhatWasGiven() throws Exception {
        assumeTrue(Files.exists(Path.of("/proc/self/cmdline")));
        // The shell makes the bytes: this program may have no locale either.
        ProcessBuilder shell = new ProcessBuilder(
                "sh",
                "-c",
                "exec \"$0\" -cp \"$1\" dev.imaged.server.cli.Main images --timeout \"$(printf '\\303\\251\\360\\237\\230\\200')?\" ls",
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                System.getProperty("java.class.path"));
        shell.environment().put("LC_ALL", "C");
        Process process = shell.redirectErrorStream(true).start();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(2, process.waitFor(), out);
        assertTrue(out.contains("'é\ud83d\ude00?' is not a duration"), out);
    }

    @Test
    void whatTheLocaleHasIsLeftAsItIs() {
        String[] arguments = {"é", ""};
        assertArrayEquals(
                arguments,
                Arguments.restore(
                        arguments, bytes("java|-jar|x|é||", StandardCharsets.ISO_8859_1), StandardCharsets.ISO_8859_1));
        assertArrayEquals(
                new String[] {"\ufffd"},
                Arguments.restore(
                        new String[] {"\ufffd"},
                        bytes("java|\ufffd|", StandardCharsets.UTF_8),
                        StandardCharsets.UTF_8));
    }

    @Test
    void anArgumentThatCannotBeDecodedIsRefused() {
        InvalidArgument error = assertThrows(
                InvalidArgument.class,
                () -> Arguments.restore(
                        new String[] {"get", "\ufffd"},
                        bytes("java|get|é|", StandardCharsets.ISO_8859_1),
                        StandardCharsets.UTF_8));
        assertEquals(
                "argument 2 \"\ufffd\" is neither UTF-8 nor in the character set of the locale: invalid argument",
                error.getMessage());
    }

    @Test
    void aCommandLineThatTellsLessIsNotUsed() {
        String[] arguments = {"a", "b"};
        assertSame(
                arguments, Arguments.restore(arguments, bytes("b|", StandardCharsets.UTF_8), StandardCharsets.UTF_8));
    }
}
