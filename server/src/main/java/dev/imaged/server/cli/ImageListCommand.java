package dev.imaged.server.cli;

import dev.imaged.content.Documents;
import dev.imaged.errors.ImageException;
import dev.imaged.images.Image;
import dev.imaged.internal.text.Excerpt;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** Lists images, however many there are. */
@Command(
        name = "ls",
        description = "List images; with --content also their platforms and sizes.",
        footerHeading = HelpOption.EXAMPLES,
        footer = {
            "  imaged images ls --label env=prod --name-prefix docker.io/library/",
            "  imaged images ls 'name~=alpine,labels.env==prod'",
            "  imaged images ls -0 --label keep=no | xargs -0 imaged images rm",
            "  imaged images ls --as-of 2026-01-31T12:00:00Z"
        })
@SuppressWarnings({"NullAway.Init", "unused"}) // picocli sets and reads them
final class ImageListCommand implements Callable<Integer> {
    /** After how many names it is time to look whether somebody reads them. */
    private static final int BATCH = 256;

    @Spec
    private CommandSpec command;

    @ParentCommand
    private ImagesCommand images;

    @Mixin
    private HelpOption help;

    @Mixin
    private OutputOption output;

    @Mixin
    private ContentOption content;

    @Mixin
    private FilterOptions filters;

    @Mixin
    private AsOfOption asOf;

    @Option(
            names = {"-q", "--quiet"},
            description = "Print only the names, one in a line; as they are, unless to a terminal.")
    private boolean quiet;

    @Option(
            names = {"-0", "--null"},
            description = "Print only the names, each with a NUL behind it, for xargs -0.")
    private boolean nul;

    @Override
    public Integer call() throws IOException {
        List<String> wanted = filters.filters();
        try {
            return images.connection().callList(wanted, asOf.moment(), found -> {
                if (nul) {
                    return images.forEach(names(found), this::printForXargs);
                } else if (quiet) {
                    return images.forEach(names(found), name -> images.names().print(out(), name, '\n'));
                } else if (content.isGiven()) {
                    return content.call(images.connection(), documents -> print(found, documents));
                }
                output.printAll(out(), found);
                return 0;
            });
        } catch (ImageException.InvalidArgument e) {
            throw images.wrong(e.getMessage(), e);
        }
    }

    /** Returns the names of images, until nobody reads the output any more. */
    private Iterator<String> names(Iterator<Image> found) {
        return new Iterator<>() {
            private int printed;

            @Override
            public boolean hasNext() {
                boolean looks = printed > 0 && printed % BATCH == 0;
                return found.hasNext() && !(looks && Terminal.isClosed(out()));
            }

            @Override
            public String next() {
                printed++;
                return found.next().name();
            }
        };
    }

    /** Prints a name, unless it has a NUL: such a name would be read as two. */
    private void printForXargs(String name) {
        if (name.indexOf('\0') >= 0) {
            throw new ImageException.FailedPrecondition(
                    "name " + Excerpt.quote(name) + " has a NUL in it and is left out: list it with -o json", null);
        }
        images.names().print(out(), name, '\0');
    }

    private int print(Iterator<Image> found, Documents documents) throws IOException {
        if (output.json()) {
            ImageJson.printAll(
                    out(),
                    found,
                    (json, image) -> ImageSummary.json(json, ImageSummary.of(image, documents, this::warn)));
        } else {
            ImageSummary.table()
                    .printAll(
                            out(),
                            found,
                            (table, image) -> ImageSummary.row(table, ImageSummary.of(image, documents, this::warn)));
        }
        return 0;
    }

    private void warn(String message) {
        ExceptionHandler.print(command.commandLine(), "warning: " + message);
    }

    private PrintWriter out() {
        return command.commandLine().getOut();
    }
}
