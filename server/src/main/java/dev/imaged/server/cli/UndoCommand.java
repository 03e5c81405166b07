package dev.imaged.server.cli;

import dev.imaged.images.Undo;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** Takes a commit back. */
@Command(
        name = "undo",
        description = "Take a commit back: all its images become what they were before it.",
        footerHeading = HelpOption.EXAMPLES,
        footer = "  imaged images undo 812 --dry-run")
@SuppressWarnings({"NullAway.Init", "unused"}) // picocli sets and reads them
public final class UndoCommand implements Callable<Integer> {
    @Spec
    private CommandSpec command;

    @ParentCommand
    private ImagesCommand images;

    @Mixin
    private HelpOption help;

    @Mixin
    private OutputOption output;

    @Mixin
    private RequestArguments arguments;

    @Option(names = "--override", description = "Take back names that changed since then, too.")
    private boolean override;

    @Parameters(paramLabel = "REVISION", description = "The revision of the commit.")
    private long revision;

    @Override
    public Integer call() {
        Undo undo = new Undo(revision, override, arguments.options());
        AppliedOutput.print(
                command.commandLine().getOut(),
                output,
                images.callTransactions(transactions -> transactions.undo(undo)));
        return 0;
    }
}
