package dev.imaged.server;

import dev.imaged.errors.ImageException.InvalidArgument;
import dev.imaged.server.cli.Arguments;
import dev.imaged.server.cli.BackupCommand;
import dev.imaged.server.cli.CheckCommand;
import dev.imaged.server.cli.DumpCommand;
import dev.imaged.server.cli.ExceptionHandler;
import dev.imaged.server.cli.HealthCommand;
import dev.imaged.server.cli.ImagesCommand;
import dev.imaged.server.cli.ImportCommand;
import dev.imaged.server.cli.InitCommand;
import dev.imaged.server.cli.InspectCommand;
import dev.imaged.server.cli.LoadCommand;
import dev.imaged.server.cli.RestoreCommand;
import dev.imaged.server.cli.SalvageCommand;
import dev.imaged.server.cli.StatsCommand;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The command {@code imaged}. */
@Command(
        name = "imaged",
        description = "Keeps image names: containerd's Images API on an embedded database.",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        subcommands = {
            ServeCommand.class,
            RehearseCommand.class,
            ImagesCommand.class,
            ImportCommand.class,
            InspectCommand.class,
            HealthCommand.class,
            StatsCommand.class,
            CheckCommand.class,
            BackupCommand.class,
            RestoreCommand.class,
            SalvageCommand.class,
            InitCommand.class,
            DumpCommand.class,
            LoadCommand.class
        })
public final class Main {
    /** Runs the command that the arguments name and exits with its code. */
    public static void main(String[] args) {
        Logging.quiet();
        System.exit(execute(args));
    }

    private static int execute(String[] args) {
        CommandLine command = commandLine();
        try {
            String[] arguments = Arguments.restore(args);
            if (Logging.isJson(arguments)) {
                Logging.json(command);
            }
            return command.execute(arguments);
        } catch (InvalidArgument e) {
            ExceptionHandler.print(command, String.valueOf(e.getMessage()));
            return command.getCommandSpec().exitCodeOnInvalidInput();
        }
    }

    /** Returns the command line; errors of a command are one line each. */
    static CommandLine commandLine() {
        CommandLine command = ExceptionHandler.install(new CommandLine(new Main()));
        if (Arguments.LOCALE.equals(StandardCharsets.US_ASCII)) {
            // No locale: what is printed would lose the same characters as what is given.
            command.setOut(new PrintWriter(System.out, true, StandardCharsets.UTF_8))
                    .setErr(new PrintWriter(System.err, true, StandardCharsets.UTF_8));
        }
        return command;
    }
}
