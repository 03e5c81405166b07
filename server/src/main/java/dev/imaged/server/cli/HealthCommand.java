package dev.imaged.server.cli;

import dev.imaged.errors.ImageException;
import dev.imaged.internal.wire.GrpcErrors;
import dev.imaged.remote.RemoteImageStores;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Asks a daemon whether it serves (gRPC Health Checking Protocol). The health check of a container runs this command. */
@Command(
        name = "health",
        description = "Exit with 0 when the daemon, or one of several, serves, with 1 otherwise.",
        footerHeading = HelpOption.EXAMPLES,
        footer = "  imaged health --address /run/imaged/imaged.sock --timeout 2s")
@SuppressWarnings({"NullAway.Init", "unused"}) // picocli sets and reads them
public final class HealthCommand implements Callable<Integer> {
    private static final int FAILED = 1;

    @Spec
    private CommandSpec command;

    @Mixin
    private HelpOption help;

    @Mixin
    private ConnectOptions connection;

    /** @throws ImageException when there is no answer */
    @Override
    public Integer call() {
        ServingStatus status;
        try (RemoteImageStores daemon = connection.connect()) {
            status = HealthGrpc.newBlockingStub(daemon.channel())
                    .withDeadlineAfter(connection.timeout().toMillis(), TimeUnit.MILLISECONDS)
                    .check(HealthCheckRequest.getDefaultInstance())
                    .getStatus();
        } catch (StatusRuntimeException e) {
            throw GrpcErrors.fromStatus(e.getStatus(), e);
        }
        if (status != ServingStatus.SERVING) {
            ExceptionHandler.print(
                    command.commandLine(),
                    connection.isSeveral()
                            ? "none of " + connection.address() + " serves"
                            : connection.address() + " says " + status);
            return FAILED;
        }
        return 0;
    }
}
