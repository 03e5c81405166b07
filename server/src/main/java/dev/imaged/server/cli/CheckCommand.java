package dev.imaged.server.cli;

import dev.imaged.maintenance.CheckReport;
import dev.imaged.maintenance.Maintenance;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Reads a whole store, and reports whether everything agrees. */
@Command(
        name = "check",
        description = "Read all of a store and compare what has to agree: files, images, indexes, changes."
                + " Exit with 1 when something is wrong.",
        footerHeading = HelpOption.EXAMPLES,
        footer = {"  imaged check", "  imaged check --data /var/lib/imaged"})
@SuppressWarnings({"NullAway.Init", "unused"}) // picocli sets and reads them
public final class CheckCommand implements Callable<Integer> {
    private static final int UNSOUND = 1;

    @Spec
    private CommandSpec command;

    @Mixin
    private HelpOption help;

    @Mixin
    private MaintenanceOptions store;

    @Mixin
    private OutputOption output;

    @Mixin
    private Progress.Switch progress;

    @Override
    public Integer call() throws IOException {
        CheckReport report = check();
        PrintWriter out = command.commandLine().getOut();
        if (output.json()) {
            json(out, report);
        } else {
            Table table = new Table("WHAT", "COUNT");
            report.entries().forEach((kind, count) -> table.row(kind, Long.toString(count)));
            table.row("problems", Long.toString(report.problemCount()));
            table.print(out);
        }
        report.problems().forEach(problem -> ExceptionHandler.print(command.commandLine(), problem));
        return report.isSound() ? 0 : UNSOUND;
    }

    private CheckReport check() throws IOException {
        Progress shown = progress.start("check", "", -1); // shows only the time, because the amount to read is unknown
        try {
            return store.callOne(Maintenance::check);
        } finally {
            shown.close();
        }
    }

    private static void json(PrintWriter out, CheckReport report) {
        ImageJson.print(out, json -> {
            json.writeStartObject();
            json.writeObjectFieldStart("entries");
            for (var entry : report.entries().entrySet()) {
                json.writeNumberField(entry.getKey(), entry.getValue());
            }
            json.writeEndObject();
            json.writeNumberField("problemCount", report.problemCount());
            json.writeFieldName("problems");
            ImageJson.array(json, report.problems(), (array, problem) -> array.writeString(problem));
            json.writeEndObject();
        });
    }
}
