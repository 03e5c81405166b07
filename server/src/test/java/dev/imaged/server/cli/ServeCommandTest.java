package dev.imaged.server.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.imaged.errors.ImageException.InvalidArgument;
import dev.imaged.remote.Address;
import dev.imaged.server.ServerConfig;
import dev.imaged.server.etcd.EtcdConfig;
import dev.imaged.server.store.write.Retention;
import dev.imaged.server.store.write.WriteLimits;
import java.io.IOException;
import java.lang.reflect.Field;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/** All names and defaults of the configuration, and that the page of the configuration has them. */
class ServeCommandTest {
    private static ServerConfig config(String... arguments) {
        ServeCommand command = new ServeCommand();
        new CommandLine(command).parseArgs(arguments);
        return command.config();
    }

    @Test
    void theUnitOfSystemdRequiresItsVolume() throws IOException {
        String start = Files.readAllLines(Path.of("../systemd/imaged.service")).stream()
                .filter(line -> line.startsWith("ExecStart="))
                .findFirst()
                .orElseThrow();
        String[] arguments =
                start.substring(start.indexOf(" serve ") + " serve ".length()).split(" ");
        ServerConfig config = config(arguments);
        assertTrue(config.data().isRequired());
        assertEquals(Path.of("/var/lib/imaged"), config.data().folder());
    }

    @Test
    void theDefaultsAreThese() {
        Path data = DefaultPaths.defaultPath();
        long heap = Runtime.getRuntime().maxMemory();
        long calls = Math.min(heap / 4, 72 << 20);

        assertEquals(
                new ServerConfig(
                        new ServerConfig.Listen(
                                List.of(
                                        Address.parse("unix://" + data.resolve("imaged.sock")),
                                        Address.parse("127.0.0.1:7780")),
                                null,
                                false,
                                2000,
                                1000),
                        new ServerConfig.Data(data, false, Math.max(heap / 3, heap - 4 * calls)),
                        new ServerConfig.CallLimits(calls, calls),
                        new ServerConfig.ListLimits(2, 1000, Duration.ofSeconds(30)),
                        new WriteLimits(10_000, 64 << 20),
                        new Retention(100_000, Duration.ofDays(7)),
                        null),
                config());
    }

    @Test
    void everyFlagIsHeard() {
        assertEquals(
                new ServerConfig(
                        new ServerConfig.Listen(
                                List.of(
                                        Address.parse("unix:///run/a.sock"),
                                        Address.parse("127.0.0.1:1"),
                                        Address.parse("[::1]:2")),
                                new ServerConfig.Tls(Path.of("c.pem"), Path.of("k.pem")),
                                true,
                                9,
                                6),
                        new ServerConfig.Data(Path.of("/data"), true, 1 << 20),
                        new ServerConfig.CallLimits(10 << 20, 11 << 20),
                        new ServerConfig.ListLimits(4, 5, Duration.ofSeconds(12)),
                        new WriteLimits(2, 3 << 20),
                        new Retention(7, Duration.ofSeconds(8)),
                        new EtcdConfig(
                                List.of("a:2379", "10.0.0.2:2379"),
                                "/p/",
                                new EtcdConfig.Tls(Path.of("ca.pem"), Path.of("e.pem"), Path.of("f.pem")),
                                new EtcdConfig.User("me", Path.of("password"), ""),
                                EtcdConfig.Reads.LOCAL)),
                config(
                        "--listen=unix:///run/a.sock,127.0.0.1:1",
                        "--listen=[::1]:2",
                        "--data=/data",
                        "--require-data",
                        "--cache-mib=1",
                        "--max-pending-writes=2",
                        "--max-pending-mib=3",
                        "--list-threads=4",
                        "--max-pending-lists=5",
                        "--max-streams=6",
                        "--max-connections=9",
                        "--max-request-mib=10",
                        "--max-response-mib=11",
                        "--max-list-time=12s",
                        "--keep-changes=7",
                        "--keep-changes-for=8s",
                        "--etcd=a:2379,10.0.0.2:2379",
                        "--etcd-prefix=/p/",
                        "--etcd-ca=ca.pem",
                        "--etcd-cert=e.pem",
                        "--etcd-key=f.pem",
                        "--etcd-user=me",
                        "--etcd-password-file=password",
                        "--reads=local",
                        "--tls-cert=c.pem",
                        "--tls-key=k.pem",
                        "--insecure-tcp"));
    }

    @Test
    void whatMakesNoSenseIsRefusedWithTheFlagAndTheValue() {
        assertEquals(
                "--cache-mib must be greater than zero, not 0: invalid argument",
                assertThrows(InvalidArgument.class, () -> config("--cache-mib=0"))
                        .getMessage());
        for (String address : List.of("nonsense", ":1", "127.0.0.1", "127.0.0.1:x", "127.0.0.1:65536", "unix://")) {
            String message = assertThrows(InvalidArgument.class, () -> config("--listen=" + address))
                    .getMessage();
            assertTrue(message.startsWith("--listen: address " + address), message);
        }
        assertThrows(InvalidArgument.class, () -> config("--listen=unix:///" + "x".repeat(107)));
        String abstractSocket = " names an abstract socket, which everyone on the machine may use: write unix:///PATH"
                + ": invalid argument";
        for (String address : List.of("unix://@name", "unix:@name")) {
            assertEquals(
                    "--listen: address " + address + abstractSocket,
                    assertThrows(InvalidArgument.class, () -> config("--listen=" + address))
                            .getMessage());
        }
        assertEquals(
                "--listen: address unix://name/s.sock has no path that begins with /: write unix:///PATH"
                        + ": invalid argument",
                assertThrows(InvalidArgument.class, () -> config("--listen=unix://name/s.sock"))
                        .getMessage());
        for (String address : List.of("x".repeat(200_000), "unix:///" + "x".repeat(200_000))) {
            String message = assertThrows(InvalidArgument.class, () -> config("--listen=" + address))
                    .getMessage();
            assertTrue(message.length() < 500, message);
        }
    }

    @Test
    void flagsOfEtcdThatMakeNoSenseAreRefused() {
        String slash = assertThrows(InvalidArgument.class, () -> config("--etcd=a:1", "--etcd-prefix=/p"))
                .getMessage();
        assertEquals("--etcd-prefix \"/p\" must end with a slash: invalid argument", slash);
        assertThrows(InvalidArgument.class, () -> config("--etcd=a:1", "--etcd-cert=c.pem"));
        for (String flag : List.of(
                "--etcd-prefix=/p/",
                "--etcd-ca=c.pem",
                "--etcd-cert=c.pem",
                "--etcd-key=k.pem",
                "--etcd-user=me",
                "--etcd-password-file=password",
                "--reads=local")) {
            String alone =
                    assertThrows(InvalidArgument.class, () -> config(flag)).getMessage();
            assertEquals(flag.substring(0, flag.indexOf('=')) + " needs --etcd: invalid argument", alone);
        }
        assertThrows(InvalidArgument.class, () -> config("--etcd=a:1", "--etcd-password-file=password"));
        assertThrows(InvalidArgument.class, () -> config("--etcd=a:1", "--etcd-user=me"));
        for (String address : List.of("nonsense", "/run/etcd.sock", "a:x")) {
            String message = assertThrows(InvalidArgument.class, () -> config("--etcd=" + address))
                    .getMessage();
            assertTrue(message.startsWith("--etcd: address " + address), message);
        }
    }

    @Test
    void thePathOfASocketIsAnAddress() {
        assertEquals(
                List.of(Address.parse("unix:///run/s.sock")),
                config("--listen=/run/s.sock").listen().addresses());
    }

    @Test
    void thePageOfTheConfigurationHasEveryFlagWithItsVariable() throws IOException {
        String page = Files.readString(Path.of("..", "docs", "configuration.md"));
        for (var option : new CommandLine(new ServeCommand()).getCommandSpec().options()) {
            String flag = option.longestName();
            if (flag.equals("--help") || flag.equals("--version")) {
                continue;
            }
            String variable = "IMAGED_" + flag.substring(2).replace('-', '_').toUpperCase(java.util.Locale.ROOT);
            assertTrue(page.contains("`" + flag + "`"), flag);
            assertTrue(page.contains("`" + variable + "`"), variable);
            String value = ((Field) option.userObject())
                    .getAnnotation(CommandLine.Option.class)
                    .defaultValue();
            assertTrue(value.startsWith("${env:" + variable + ":-"), value);
        }
    }
}
