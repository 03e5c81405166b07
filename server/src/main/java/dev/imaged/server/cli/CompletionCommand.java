package dev.imaged.server.cli;

import java.io.PrintWriter;
import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Prints a script that makes a shell complete the commands and options. */
@Command(
        name = "generate-completion",
        description = "Print a script that makes bash or zsh complete commands and options.",
        footerHeading = HelpOption.EXAMPLES,
        footer = "  source <(imaged generate-completion)")
@SuppressWarnings({"NullAway.Init", "unused"}) // picocli sets and reads them
public final class CompletionCommand implements Runnable {
    @Spec
    private CommandSpec command;

    @Mixin
    private HelpOption help;

    @Override
    public void run() {
        PrintWriter out = command.commandLine().getOut();
        out.print(AutoComplete.bash(command.root().name(), command.root().commandLine()));
        out.flush();
    }
}
