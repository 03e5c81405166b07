package dev.imaged.server.cli;

import dev.imaged.maintenance.Maintenance;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Lists namespaces. */
@Command(
        name = "namespaces",
        description = "List namespaces.",
        footerHeading = HelpOption.EXAMPLES,
        footer = "  imaged namespaces ls")
@SuppressWarnings({"NullAway.Init", "unused"}) // picocli sets and reads them
public final class NamespacesCommand implements Runnable {
    @Spec
    private CommandSpec command;

    @Mixin
    private HelpOption help;

    /** Without a subcommand it lists them. */
    @Override
    public void run() {
        command.commandLine().usage(command.commandLine().getOut());
    }

    @Command(
            name = "ls",
            description = "List the namespaces that have or had images, of a daemon's unix socket or of a containerd.",
            footerHeading = HelpOption.EXAMPLES,
            footer = {
                "  imaged namespaces ls",
                "  imaged namespaces ls -q --address unix:///run/containerd/containerd.sock"
            })
    int list(
            @Mixin HelpOption subcommandHelp,
            @Mixin MaintenanceOptions store,
            @Mixin OutputOption output,
            @Option(
                            names = {"-q", "--quiet"},
                            description = "Print only the names, one in a line.")
                    boolean quiet)
            throws IOException {
        List<String> namespaces = store.call(Maintenance::namespaces);
        PrintWriter out = command.commandLine().getOut();
        if (quiet) {
            namespaces.forEach(out::println);
            out.flush();
        } else if (output.json()) {
            ImageJson.print(out, json -> ImageJson.array(json, namespaces, (array, name) -> array.writeString(name)));
        } else {
            Table table = new Table("NAMESPACE");
            namespaces.forEach(table::row);
            table.print(out);
        }
        return 0;
    }
}
