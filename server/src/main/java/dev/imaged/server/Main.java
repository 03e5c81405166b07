package dev.imaged.server;

import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The command {@code imaged}. */
@Command(
        name = "imaged",
        description = "Keeps image names: containerd's Images API on an embedded database.",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        subcommands = {ServeCommand.class})
public final class Main {
    /** Runs the command that the arguments name and exits with its code. */
    public static void main(String[] args) {
        Logging.quiet();
        System.exit(commandLine().execute(args));
    }

    /** Returns the command line; errors of a command are one line each. */
    static CommandLine commandLine() {
        return new CommandLine(new Main()).setExecutionExceptionHandler((error, command, parsed) -> {
            command.getErr().println("imaged: " + error.getMessage());
            return 1;
        });
    }
}
