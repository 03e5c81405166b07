package dev.imaged.server.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.imaged.server.TestDaemon;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;

/** What commands do with the addresses of several daemons. */
class SeveralAddressesTest {
    @RegisterExtension
    static final TestDaemon daemon = new TestDaemon();

    @TempDir
    Path folder;

    private static String run(int exitCode, Object command, String... arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        assertEquals(
                exitCode,
                ExceptionHandler.install(new CommandLine(command))
                        .setOut(new PrintWriter(out))
                        .setErr(new PrintWriter(err))
                        .execute(arguments),
                err::toString);
        return out + "" + err;
    }

    private static Stream<Arguments> aboutOne() {
        return Stream.of(
                Arguments.of(new StatsCommand(), new String[0]),
                Arguments.of(new CheckCommand(), new String[0]),
                Arguments.of(
                        new BackupCommand(),
                        new String[] {System.getProperty("java.io.tmpdir") + "/several-daemons.tar"}));
    }

    @ParameterizedTest
    @MethodSource("aboutOne")
    void aCommandAboutOneDaemonRefusesSeveral(Callable<Integer> command, String[] more) {
        String[] arguments = Stream.concat(Stream.of("--address", "a:1,b:2"), Stream.of(more))
                .toArray(String[]::new);
        String error = run(2, command, arguments);
        assertTrue(
                error.startsWith(
                        "imaged: --address: a:1,b:2 names several daemons, and this command is about one: name that one"),
                error);
    }

    @Test
    void commandsOnImagesGoToTheOneThatAnswers() throws Exception {
        String live = daemon.addresses().get(0).toString();
        try (ServerSocket mute = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            String[] firsts = {"unix://" + folder.resolve("none.sock"), "127.0.0.1:" + mute.getLocalPort()};
            for (int i = 0; i < firsts.length; i++) {
                String addresses = firsts[i] + "," + live;
                assertEquals(images(live), images(addresses));
                assertEquals(namespaces(live), namespaces(addresses));
                assertEquals("", run(0, new HealthCommand(), "--address", addresses));
                Path dump = folder.resolve("dump" + i);
                run(0, new DumpCommand(), dump.toString(), "--address", addresses);
                assertTrue(Files.size(dump) > 0);
            }
        }
    }

    private static String images(String addresses) {
        String names = run(0, new ImagesCommand(), "ls", "-q", "-n", TestDaemon.STEADY, "--address", addresses);
        assertFalse(names.isEmpty());
        return names;
    }

    private static String namespaces(String addresses) {
        String names = run(0, new NamespacesCommand(), "ls", "-q", "--address", addresses);
        assertTrue(names.lines().anyMatch(TestDaemon.STEADY::equals), names);
        return names;
    }
}
