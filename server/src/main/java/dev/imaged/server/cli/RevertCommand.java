package dev.imaged.server.cli;

import dev.imaged.images.AsOf;
import dev.imaged.images.Revert;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** Makes names what they were. */
@Command(
        name = "revert",
        description = "Make names what they were at a revision or a time, together or not at all. A name that did not"
                + " exist then is removed.",
        footerHeading = HelpOption.EXAMPLES,
        footer = {
            "  imaged images revert docker.io/library/app:latest --to 812",
            "  imaged images revert docker.io/library/app:latest --to 2026-11-28T12:00:00Z"
        })
@SuppressWarnings({"NullAway.Init", "unused"}) // picocli sets and reads them
public final class RevertCommand implements Callable<Integer> {
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

    @Option(
            names = "--to",
            paramLabel = "REVISION|TIME",
            required = true,
            converter = AsOfOption.Converter.class,
            description = "A revision, or a time such as 2026-11-28T12:00:00Z.")
    private AsOf moment;

    @Parameters(arity = "1..*", paramLabel = "NAME", description = "The names.")
    private List<String> names;

    @Override
    public Integer call() {
        List<Revert.Target> targets =
                names.stream().map(name -> new Revert.Target(name, moment)).toList();
        Revert revert = new Revert(targets, arguments.options());
        AppliedOutput.print(
                command.commandLine().getOut(),
                output,
                images.callTransactions(transactions -> transactions.revert(revert)));
        return 0;
    }
}
