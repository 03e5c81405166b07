package dev.imaged.server.cli;

import dev.imaged.maintenance.Maintenance;
import dev.imaged.server.StoreFolder;
import dev.imaged.server.engine.SalvageReport;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Copies what can be read of a damaged store. */
@Command(
        name = "salvage",
        description =
                "Copy all images that can be read, each verified by its checksum, from a damaged data folder into a new"
                        + " one, and say which cannot; exit with 1 if there are any. The damaged folder is only read. The history of"
                        + " images is not copied.",
        footerHeading = HelpOption.EXAMPLES,
        footer = "  imaged salvage /var/lib/imaged --to /var/lib/imaged-salvaged")
@SuppressWarnings({"NullAway.Init", "unused"}) // picocli sets and reads them
public final class SalvageCommand implements Callable<Integer> {
    private static final int INCOMPLETE = 1;

    @Spec
    private CommandSpec command;

    @Mixin
    private HelpOption help;

    @Mixin
    private OutputOption output;

    @Mixin
    private Progress.Switch progress;

    @Parameters(paramLabel = "DIR", description = "The damaged data folder, which no daemon serves.")
    private Path damaged;

    @Option(
            names = "--to",
            paramLabel = "NEW",
            required = true,
            description = "The data folder to make; it has to be empty or missing.")
    private Path target;

    @Override
    public Integer call() throws IOException {
        StoreFolder.requireUnused(damaged);
        SalvageReport report;
        try (NewFolder folder = NewFolder.at(target)) {
            StoreFolder.init(folder.partial());
            report = salvage(folder.partial());
            folder.finish();
        }
        print(command.commandLine().getOut(), report);
        return report.complete() ? 0 : INCOMPLETE;
    }

    private SalvageReport salvage(Path into) {
        try (Maintenance store = StoreFolder.open(into);
                Maintenance.Load load = store.load(true);
                Progress shown = progress.start("salvage", "images", -1)) {
            SalvageReport report = StoreFolder.salvage(
                    damaged,
                    image -> {
                        load.add(image);
                        shown.step(1);
                    },
                    problem -> ExceptionHandler.print(command.commandLine(), problem));
            load.finish();
            return report;
        }
    }

    private void print(PrintWriter out, SalvageReport report) {
        if (output.json()) {
            ImageJson.print(out, json -> {
                json.writeStartObject();
                json.writeNumberField("saved", report.saved());
                json.writeNumberField("lost", report.lost());
                json.writeBooleanField("complete", report.complete());
                json.writeEndObject();
            });
        } else {
            new Table("SAVED", "LOST", "COMPLETE")
                    .row(Long.toString(report.saved()), Long.toString(report.lost()), report.complete() ? "yes" : "no")
                    .print(out);
        }
    }
}
