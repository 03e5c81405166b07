package dev.imaged.server.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.imaged.remote.Address;
import dev.imaged.remote.TestCertificate;
import dev.imaged.server.MainIT;
import dev.imaged.server.ServerCertificate;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The command that a daemon prints to try; {@link MainIT} runs it. */
class FirstCommandTest {
    @TempDir
    static Path folder;

    private static String line(ServerCertificate certificate, String... addresses) {
        return FirstCommand.of(Stream.of(addresses).map(Address::parse).toList(), "imaged.jar", certificate);
    }

    @ParameterizedTest
    @CsvSource({
        "127.0.0.1:1, 127.0.0.1:1",
        "0.0.0.0:1, 127.0.0.1:1",
        "[::]:1, [::1]:1",
        "192.0.2.1:1, 192.0.2.1:1",
        "/run/s, unix:///run/s",
        "/run/a b, 'unix:///run/a b'",
    })
    void itNamesAnAddressThatCanBeConnectedTo(String listening, String named) {
        String word = named.matches(".*[ \\[].*") ? "'" + named + "'" : named;
        assertEquals("java -jar imaged.jar images ls --address " + word, line(null, listening));
    }

    @Test
    void aUnixSocketIsPreferred() {
        assertEquals("java -jar imaged.jar images ls --address unix:///s", line(null, "127.0.0.1:1", "unix:///s"));
    }

    @Test
    void itNamesTheProgramAsItWasStarted() {
        List<Address> address = List.of(Address.parse("/s"));
        assertEquals(
                "java -jar '/opt/my imaged.jar' images ls --address unix:///s",
                FirstCommand.of(address, "/opt/my imaged.jar", null));
        assertEquals(
                "java -cp classes:a.jar dev.imaged.server.cli.Main images ls --address unix:///s",
                FirstCommand.of(address, "classes:a.jar", null));
    }

    @Test
    void withTlsItNamesTheCertificateAndWhomItIsFor() throws Exception {
        String start = "java -jar imaged.jar images ls --address ";
        ServerCertificate local = shown("local", "-ext", "san=ip:127.0.0.1,dns:localhost");
        assertEquals(start + "127.0.0.1:1 --tls-ca " + local.file(), line(local, "0.0.0.0:1"));
        assertEquals(start + "unix:///s", line(local, "/s", "0.0.0.0:1"));

        ServerCertificate elsewhere = shown("elsewhere", "-ext", "san=ip:192.0.2.1,dns:images.example.com");
        assertEquals(
                start + "127.0.0.1:1 --tls-ca " + elsewhere.file() + " --tls-server-name images.example.com",
                line(elsewhere, "0.0.0.0:1"));
        ServerCertificate any = shown("any", "-ext", "san=dns:*.example.com");
        assertEquals(
                start + "127.0.0.1:1 --tls-ca " + any.file() + " --tls-server-name any.example.com",
                line(any, "0.0.0.0:1"));
        ServerCertificate named = shown("named.example.com");
        assertEquals(
                start + "127.0.0.1:1 --tls-ca " + named.file() + " --tls-server-name named.example.com",
                line(named, "0.0.0.0:1"));
    }

    private static ServerCertificate shown(String name, String... options) throws Exception {
        Path own = Files.createTempDirectory(folder, "own");
        String[] all =
                Stream.concat(Stream.of("-keyalg", "EC"), Stream.of(options)).toArray(String[]::new);
        TestCertificate made = TestCertificate.of(own, name, all);
        return new ServerCertificate(made.chain(), made.key(), Clock.systemUTC());
    }
}
