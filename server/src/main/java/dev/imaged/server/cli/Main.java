package dev.imaged.server.cli;

import dev.imaged.errors.ImageException.InvalidArgument;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** The command {@code imaged}. */
@Command(
        name = "imaged",
        description = "Keeps image names: containerd's Images API on an embedded database.",
        mixinStandardHelpOptions = true,
        versionProvider = VersionProvider.class,
        subcommands = {
            ServeCommand.class,
            RehearseCommand.class,
            ImagesCommand.class,
            NamespacesCommand.class,
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
            LoadCommand.class,
            CompletionCommand.class,
            VersionCommand.class
        },
        footerHeading = HelpOption.EXAMPLES,
        footer = {
            "  imaged serve --data /tmp/imaged --listen /tmp/imaged.sock",
            "  imaged images ls --address /tmp/imaged.sock"
        })
@SuppressWarnings({"NullAway.Init", "unused"}) // picocli sets and reads them
public final class Main implements Runnable {
    private static final int FAILED = 1;

    /** The width of the help, in characters. Lines of examples are not wrapped. */
    private static final int HELP_WIDTH = 100;

    @Spec
    private CommandSpec command;

    /** Without a subcommand it lists them. */
    @Override
    public void run() {
        command.commandLine().usage(command.commandLine().getOut());
    }

    /** Runs the command that the arguments name and exits with its code. */
    public static void main(String[] args) {
        Logging.quiet();
        CommandLine command = commandLine();
        int code =
                Interruption.guard(() -> execute(command, args), problem -> ExceptionHandler.print(command, problem));
        System.exit(code);
    }

    private static int execute(CommandLine command, String[] args) {
        try {
            String[] arguments = Arguments.restore(args);
            if (Logging.isJson(arguments)) {
                Logging.json(command);
            }
            int code = command.execute(arguments);
            if (System.out.checkError() && !Terminal.isOutputToProgram()) { // System.out hides its errors otherwise
                ExceptionHandler.print(command, "standard output cannot be written: it is closed, or its disk is full");
                return Math.max(code, FAILED);
            }
            return code;
        } catch (InvalidArgument e) {
            ExceptionHandler.print(command, String.valueOf(e.getMessage()));
            return command.getCommandSpec().exitCodeOnInvalidInput();
        }
    }

    /** Returns the command line; errors of a command are one line each. */
    public static CommandLine commandLine() {
        CommandLine command = ExceptionHandler.install(new CommandLine(new Main()));
        command.setUsageHelpWidth(HELP_WIDTH);
        if (Arguments.LOCALE.equals(StandardCharsets.US_ASCII)) {
            // Without a locale, output would lose the same characters as arguments.
            command.setOut(new PrintWriter(System.out, true, StandardCharsets.UTF_8))
                    .setErr(new PrintWriter(System.err, true, StandardCharsets.UTF_8));
        }
        return command;
    }
}
