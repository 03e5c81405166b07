package dev.imaged.server.cli;

import dev.imaged.server.Version;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Prints the line of {@code imaged --version}. */
@Command(
        name = "version",
        description = "Show the version and the commit.",
        footerHeading = HelpOption.EXAMPLES,
        footer = "  imaged version")
@SuppressWarnings({"NullAway.Init", "unused"}) // picocli sets and reads them
final class VersionCommand implements Runnable {
    @Spec
    private CommandSpec command;

    @Mixin
    private HelpOption help;

    @Override
    public void run() {
        command.commandLine().getOut().println(Version.text());
        command.commandLine().getOut().flush();
    }
}
