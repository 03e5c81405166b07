package dev.imaged.server.cli;

import dev.imaged.server.StoreFolder;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Makes a new data folder. */
@Command(
        name = "init",
        description =
                "Make a new, empty data folder, for a daemon that runs with --require-data; without that flag it does"
                        + " so itself.",
        footerHeading = HelpOption.EXAMPLES,
        footer = "  imaged init --data /var/lib/imaged")
@SuppressWarnings({"NullAway.Init", "unused"}) // picocli sets and reads them
public final class InitCommand implements Callable<Integer> {
    @Spec
    private CommandSpec command;

    @Mixin
    private HelpOption help;

    @Option(
            names = "--data",
            paramLabel = "DIR",
            required = true,
            description = "The data folder to make; it has to be empty or missing.")
    private Path data;

    @Override
    public Integer call() {
        StoreFolder.init(data);
        command.commandLine().getOut().println(data + " holds a new, empty store");
        command.commandLine().getOut().flush();
        return 0;
    }
}
