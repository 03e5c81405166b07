package dev.imaged.server.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.grpc.Grpc;
import io.grpc.InsecureServerCredentials;
import io.grpc.Server;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.protobuf.services.HealthStatusManager;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class HealthCommandTest {
    /** Runs the command and returns what it printed on stderr. */
    private static String health(int exitCode, String... options) {
        StringWriter err = new StringWriter();
        CommandLine health =
                ExceptionHandler.install(new CommandLine(new HealthCommand())).setErr(new PrintWriter(err));
        assertEquals(exitCode, health.execute(options), err::toString);
        return err.toString();
    }

    @Test
    void exitsWithZeroOnlyWhileTheDaemonServes() throws IOException {
        HealthStatusManager status = new HealthStatusManager();
        Server server = start(status);
        try {
            String address = "localhost:" + server.getPort();
            assertEquals("", health(0, "--address", address));
            status.setStatus(HealthStatusManager.SERVICE_NAME_ALL_SERVICES, ServingStatus.NOT_SERVING);
            assertEquals("imaged: " + address + " says NOT_SERVING\n", health(1, "--address", address));
        } finally {
            server.shutdownNow();
        }
    }

    @Test
    void oneOfSeveralThatServesIsEnough() throws IOException {
        HealthStatusManager ill = new HealthStatusManager();
        HealthStatusManager well = new HealthStatusManager();
        ill.setStatus(HealthStatusManager.SERVICE_NAME_ALL_SERVICES, ServingStatus.NOT_SERVING);
        Server one = start(ill);
        Server two = start(well);
        try {
            String addresses = "127.0.0.1:" + one.getPort() + ",127.0.0.1:" + two.getPort();
            assertEquals("", health(0, "--address", addresses));

            well.setStatus(HealthStatusManager.SERVICE_NAME_ALL_SERVICES, ServingStatus.NOT_SERVING);

            assertEquals("imaged: none of " + addresses + " serves\n", health(1, "--address", addresses));
        } finally {
            one.shutdownNow();
            two.shutdownNow();
        }
    }

    private static Server start(HealthStatusManager status) throws IOException {
        return Grpc.newServerBuilderForPort(0, InsecureServerCredentials.create())
                .addService(status.getHealthService())
                .build()
                .start();
    }

    @Test
    void eachOfSeveralThatDoNotAnswerIsNamed(@TempDir Path folder) {
        String one = "unix://" + folder.resolve("one.sock");
        String two = "unix://" + folder.resolve("two.sock");
        assertEquals(
                "imaged: no answer from " + one + ": there is no such socket; no answer from " + two
                        + ": there is no such socket\n",
                health(1, "--address", one + "," + two));
    }

    @Test
    void noDaemonIsOneLine(@TempDir Path folder) {
        String address = "unix://" + folder.resolve("none.sock");
        assertEquals(
                "imaged: no answer from " + address + ": there is no such socket\n", health(1, "--address", address));
    }

    @Test
    void aDaemonThatHangsIsNotWaitedForLongerThanTheTimeout() throws IOException {
        try (ServerSocket silent = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            String address = silent.getInetAddress().getHostAddress() + ":" + silent.getLocalPort();
            String error = health(1, "--address", address, "--timeout", "200ms");
            assertTrue(
                    error.startsWith(
                            "imaged: no answer from " + address + " before the deadline: there was no connection yet"),
                    error);
            assertEquals(1, error.lines().count(), error);
        }
    }

    @Test
    void anAddressThatIsNoneIsAnErrorOfTheCommandLine() {
        assertTrue(health(2, "--address", "unix://a b")
                .startsWith("imaged: --address: address unix://a b has no path that begins with /"));
    }
}
