package dev.imaged.server.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/** The real connection, without a server behind it. */
class ConnectOptionsTest {
    private static String list(int exitCode, String... options) {
        StringWriter err = new StringWriter();
        CommandLine images =
                ExceptionHandler.install(new CommandLine(new ImagesCommand())).setErr(new PrintWriter(err));
        String[] arguments = new String[options.length + 1];
        System.arraycopy(options, 0, arguments, 0, options.length);
        arguments[options.length] = "ls";
        assertEquals(exitCode, images.execute(arguments), err::toString);
        return err.toString();
    }

    @Test
    void noServerIsOneLine(@TempDir Path folder) {
        String address = "unix://" + folder.resolve("none.sock");
        String error = list(1, "--address", address);
        assertEquals("imaged: no answer from " + address + ": there is no such socket\n", error);
    }

    @Test
    void anAddressThatIsNoneIsAnErrorOfTheCommandLine() {
        String error = list(2, "--address", "unix://a b");
        assertTrue(error.startsWith("imaged: --address: address unix://a b has no path that begins with /"), error);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "unix://@name",
                "unix:@name",
                "unix://name",
                "unix://",
                "./s.sock",
                "localhost",
                ":1",
                "host:x",
                "http://h:1"
            })
    void anAddressThatNothingListensAtSaysWhatToWrite(String address) {
        String error = list(2, "--address", address);
        assertTrue(error.startsWith("imaged: --address: address " + address + " "), error);
        assertTrue(error.contains("write unix:///PATH"), error);
    }

    @Test
    void noErrorRepeatsALongArgument() {
        String large = "x".repeat(200_000);
        for (String[] options : new String[][] {
            {"--address", "unix://" + large},
            {"--address", large},
            {"--timeout", large},
            {"--output", large},
            {"--" + large},
            {large + "\n"}
        }) {
            String error = list(2, options);
            assertEquals(1, error.lines().count(), error);
            assertTrue(error.length() < 1500, () -> error.length() + " characters");
        }
    }

    @Test
    void aMissingCertificateIsNamed() {
        assertEquals(
                "imaged: PEM file /nothing does not exist: failed precondition\n",
                list(1, "--address", "localhost:1", "--tls-ca", "/nothing"));
    }

    @Test
    void whatIsDoneWithAllOfAStoreOffersNoTimeout() {
        StringWriter err = new StringWriter();
        CommandLine stats =
                ExceptionHandler.install(new CommandLine(new StatsCommand())).setErr(new PrintWriter(err));
        assertEquals(2, stats.execute("--timeout", "5s"), err::toString);
        assertTrue(err.toString().contains("--timeout"), err::toString);
    }
}
