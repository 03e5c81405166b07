package dev.imaged.server.cli;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.imaged.errors.ImageException.NotFound;
import dev.imaged.images.Cause;
import dev.imaged.images.Change;
import dev.imaged.images.History;
import dev.imaged.images.HistoryPage;
import dev.imaged.images.Image;
import dev.imaged.internal.text.GoQuote;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** Shows what happened to a name. */
@Command(
        name = "history",
        description =
                "Show the changes of a name, the newest first; also of one that is deleted. JSON is a line for each.",
        footerHeading = HelpOption.EXAMPLES,
        footer = {
            "  imaged images history docker.io/library/app:latest",
            "  imaged images history docker.io/library/app:latest -o json"
        })
@SuppressWarnings({"NullAway.Init", "unused"}) // picocli sets and reads them
final class ImageHistoryCommand implements Callable<Integer> {
    /** The characters of a digest that a table shows, behind its algorithm. */
    private static final int SHOWN = 12;

    private static final String TRUNCATED = "older changes of this name are not kept any more";

    @Spec
    private CommandSpec command;

    @ParentCommand
    private ImagesCommand images;

    @Mixin
    private HelpOption help;

    @Mixin
    private OutputOption output;

    @Parameters(paramLabel = "NAME", description = "The name of the image.")
    private String name;

    @Override
    public Integer call() throws IOException {
        boolean isTruncated = images.connection().callHistory(this::print);
        if (isTruncated) {
            ExceptionHandler.printHints(command.commandLine(), List.of(TRUNCATED));
        }
        return 0;
    }

    /** Prints all pages; returns whether older changes are dropped. */
    private boolean print(History history) throws IOException {
        PrintWriter out = command.commandLine().getOut();
        Table table = new Table("REVISION", "TIME", "CHANGE", "BEFORE", "AFTER");
        HistoryPage page = history.changes(name);
        if (page.changes().isEmpty() && !page.isTruncated()) {
            throw new NotFound("history of image " + GoQuote.quote(name));
        }
        while (true) {
            for (Change change : page.changes()) {
                if (output.json()) {
                    ImageJson.printLine(out, json -> json(json, change));
                } else {
                    row(table, change);
                }
            }
            if (!output.json()) {
                table.print(out);
            }
            if (page.isLast() || Terminal.isClosed(out)) {
                return page.isTruncated();
            }
            page = history.changes(name, 0, page.nextToken());
        }
    }

    private static void row(Table table, Change change) {
        table.row(
                Long.toString(change.revision()),
                change.time().truncatedTo(ChronoUnit.SECONDS).toString(),
                kind(change),
                digest(change.before()),
                digest(change.after()));
    }

    private static String kind(Change change) {
        return change.kind().name().toLowerCase(Locale.ROOT);
    }

    /** Returns the start of the digest of a target. */
    private static String digest(@Nullable Image image) {
        if (image == null) {
            return "-";
        }
        String digest = image.target().digest();
        return digest.substring(0, Math.min(digest.length(), digest.indexOf(':') + 1 + SHOWN));
    }

    private static void json(JsonGenerator json, Change change) throws IOException {
        json.writeStartObject();
        json.writeNumberField("revision", change.revision());
        json.writeStringField("time", change.time().toString());
        json.writeStringField("kind", kind(change));
        json.writeStringField("namespace", change.namespace());
        json.writeStringField("name", change.name());
        json.writeNumberField("previousRevision", change.previousRevision());
        image(json, "before", change.before());
        image(json, "after", change.after());
        cause(json, change.commit().cause());
        json.writeEndObject();
    }

    private static void image(JsonGenerator json, String field, @Nullable Image image) throws IOException {
        json.writeFieldName(field);
        if (image == null) {
            json.writeNull();
        } else {
            ImageJson.image(json, image);
        }
    }

    private static void cause(JsonGenerator json, Cause cause) throws IOException {
        json.writeObjectFieldStart("cause");
        json.writeStringField("actor", cause.actor());
        json.writeStringField("requestId", cause.requestId());
        json.writeStringField("reason", cause.reason());
        json.writeNumberField("undoneRevision", cause.undoneRevision());
        json.writeEndObject();
    }
}
