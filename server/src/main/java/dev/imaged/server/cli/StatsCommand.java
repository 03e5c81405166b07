package dev.imaged.server.cli;

import dev.imaged.maintenance.Following;
import dev.imaged.maintenance.StoreStats;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Shows how much a store holds. */
@Command(
        name = "stats",
        description =
                "Show how many images and changes a store holds, what it takes on the disk, and how far it is behind etcd.",
        footerHeading = HelpOption.EXAMPLES,
        footer = "  imaged stats -o json")
@SuppressWarnings({"NullAway.Init", "unused"}) // picocli sets and reads them
public final class StatsCommand implements Callable<Integer> {
    @Spec
    private CommandSpec command;

    @Mixin
    private HelpOption help;

    @Mixin
    private MaintenanceOptions store;

    @Mixin
    private OutputOption output;

    @Override
    public Integer call() throws IOException {
        StoreStats stats = store.callOne(maintenance -> maintenance.stats());
        Following following = stats.following();
        PrintWriter out = command.commandLine().getOut();
        if (output.json()) {
            ImageJson.print(out, json -> {
                json.writeStartObject();
                json.writeStringField("instanceId", stats.instanceId());
                json.writeNumberField("namespaces", stats.namespaces());
                json.writeNumberField("images", stats.images());
                json.writeNumberField("lastRevision", stats.lastRevision());
                json.writeNumberField("oldestRevision", stats.oldestRevision());
                json.writeNumberField("diskBytes", stats.diskBytes());
                json.writeNumberField("liveBytes", stats.liveBytes());
                if (following != null) {
                    json.writeNumberField("revisionsBehind", following.revisionsBehind());
                    json.writeNumberField("secondsBehind", following.behind().toMillis() / 1000.0);
                    json.writeNumberField("unreadableKeys", following.unreadableKeys());
                }
                json.writeEndObject();
            });
            return 0;
        }
        Table table = new Table("WHAT", "VALUE")
                .row("instance", stats.instanceId())
                .row("namespaces", Long.toString(stats.namespaces()))
                .row("images", Long.toString(stats.images()))
                .row("last revision", Long.toString(stats.lastRevision()))
                .row("oldest revision kept", Long.toString(stats.oldestRevision()))
                .row("on disk", ByteSize.format(stats.diskBytes()))
                .row("of that in use", ByteSize.format(stats.liveBytes()));
        if (following != null) {
            table.row("revisions behind", Long.toString(following.revisionsBehind()))
                    .row("seconds behind", Long.toString(following.behind().toSeconds()))
                    .row("unreadable keys", Long.toString(following.unreadableKeys()));
        }
        table.print(out);
        return 0;
    }
}
