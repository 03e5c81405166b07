package dev.imaged.server.cli;

import dev.imaged.errors.ImageException;
import dev.imaged.images.DeleteOptions;
import dev.imaged.images.Image;
import dev.imaged.images.ImageStore;
import dev.imaged.images.UpdateMask;
import dev.imaged.oci.Descriptor;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Lists and changes images: each method is a subcommand that returns its exit code. */
@Command(name = "images", description = "List and change images.")
@SuppressWarnings({"NullAway.Init", "unused"}) // picocli sets and reads them
public final class ImagesCommand {
    private static final int FAILED = 1;

    @Spec
    private CommandSpec command;

    @Mixin
    private HelpOption help;

    @Mixin
    private ConnectOptions connection;

    @Command(name = "ls", description = "List images; with --content also their platforms and sizes.")
    int list(
            @Mixin HelpOption subcommandHelp,
            @Mixin OutputOption output,
            @Mixin ContentOption content,
            @Option(
                            names = {"-q", "--quiet"},
                            description = "Print only the names, one in a line.")
                    boolean quiet,
            @Parameters(
                            arity = "0..*",
                            paramLabel = "FILTER",
                            description =
                                    "Images that match at least one, for example 'name~=alpine,labels.env==prod'.")
                    @Nullable
                    List<String> filters)
            throws IOException {
        List<Image> images = connection.call(store -> store.list(filters == null ? List.of() : filters));
        if (quiet) {
            images.forEach(image -> out().println(Printable.escape(image.name())));
            out().flush();
        } else if (content.isGiven()) {
            print(output, content.call(connection, documents -> ImageSummary.of(images, documents, this::warn)));
        } else {
            output.printAll(out(), images);
        }
        return 0;
    }

    private void print(OutputOption output, List<ImageSummary> summaries) {
        if (output.json()) {
            ImageJson.print(out(), json -> ImageJson.array(json, summaries, ImageSummary::json));
        } else {
            ImageSummary.table(out(), summaries);
        }
    }

    private void warn(String message) {
        ExceptionHandler.print(command.commandLine(), "warning: " + message);
    }

    @Command(name = "get", description = "Show an image.")
    int get(
            @Mixin HelpOption subcommandHelp,
            @Mixin OutputOption output,
            @Parameters(paramLabel = "NAME", description = "The name of the image.") String name) {
        output.print(out(), connection.call(store -> store.get(name)));
        return 0;
    }

    @Command(name = "tag", description = "Give the target and labels of an image further names.")
    int tag(
            @Mixin HelpOption subcommandHelp,
            @Mixin OutputOption output,
            @Option(names = "--force", description = "Replace the images that have these names.") boolean force,
            @Parameters(index = "0", paramLabel = "SOURCE", description = "The name of an image.") String source,
            @Parameters(index = "1..*", arity = "1..*", paramLabel = "NEW", description = "The further names.")
                    List<String> names) {
        return connection.call(store -> {
            Image image = store.get(source);
            List<Image> done = new ArrayList<>();
            int exit = forEach(names, name -> done.add(tag(store, image, name, force)));
            output.printAll(out(), done);
            return exit;
        });
    }

    private static Image tag(ImageStore store, Image source, String name, boolean force) {
        Image image = new Image(name, source.labels(), source.target());
        return force ? new Registrar(store).register(image, UpdateMask.all()).image() : store.create(image);
    }

    @Command(name = "label", description = "Set or remove labels of an image; the others stay as they are.")
    int label(
            @Mixin HelpOption subcommandHelp,
            @Mixin OutputOption output,
            @Parameters(index = "0", paramLabel = "NAME", description = "The name of the image.") String name,
            @Parameters(
                            index = "1..*",
                            arity = "1..*",
                            paramLabel = "KEY=VALUE",
                            converter = LabelArgument.Converter.class,
                            description = "The labels; an empty value removes the label.")
                    List<LabelArgument> labels) {
        Image update = new Image(name, LabelArgument.toMap(labels), Descriptor.EMPTY);
        output.print(out(), connection.call(store -> store.update(update, LabelArgument.toMask(labels))));
        return 0;
    }

    @Command(name = "rm", description = "Remove names; what they point to stays where it is.")
    int remove(
            @Mixin HelpOption subcommandHelp,
            @Option(names = "--sync", description = "Wait until the server has collected its garbage.") boolean sync,
            @Parameters(arity = "1..*", paramLabel = "NAME", description = "The names.") List<String> names) {
        DeleteOptions options = sync ? DeleteOptions.collecting() : DeleteOptions.DEFAULT;
        return connection.call(store -> forEach(names, name -> {
            store.delete(name, options);
            out().println(Printable.escape(name));
            out().flush();
        }));
    }

    /** Does something with each name; a failure is reported and the rest is done all the same. */
    private int forEach(List<String> names, Consumer<String> action) {
        int exit = 0;
        for (String name : names) {
            try {
                action.accept(name);
            } catch (ImageException.Unavailable e) {
                throw e; // the rest would fail alike
            } catch (ImageException e) {
                ExceptionHandler.print(command.commandLine(), ExceptionHandler.message(e));
                exit = FAILED;
            }
        }
        return exit;
    }

    private PrintWriter out() {
        return command.commandLine().getOut();
    }
}
