package dev.imaged.server.cli;

import dev.imaged.errors.ImageException;
import dev.imaged.images.Changes;
import dev.imaged.images.ImageStores;
import dev.imaged.images.Position;
import dev.imaged.images.Watch;
import dev.imaged.images.WatchOptions;
import java.io.PrintWriter;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** Prints changes as they are made, until it is interrupted or nobody reads them any more. */
@Command(
        name = "watch",
        description = {
            "Print changes as they are made, a line for each: time, kind, namespace, name, old and new digest.",
            "It goes on when the daemon restarts, and loses nothing."
        },
        footerHeading = HelpOption.EXAMPLES,
        footer = {
            "  imaged images watch --label env=prod",
            "  imaged images watch --all-namespaces --snapshot -o json",
        })
@SuppressWarnings({"NullAway.Init", "unused"}) // picocli sets and reads them
final class WatchCommand implements Runnable {
    @Spec
    private CommandSpec command;

    @ParentCommand
    private ImagesCommand images;

    @Mixin
    private HelpOption help;

    @Mixin
    private OutputOption output;

    @Mixin
    private FilterOptions filters;

    @Option(
            names = {"-A", "--all-namespaces"},
            description = "Watch all namespaces, and those to come.")
    private boolean allNamespaces;

    @ArgGroup
    private @Nullable Start start;

    private static final class Start {
        @Option(
                names = "--after",
                paramLabel = "POSITION",
                converter = PositionConverter.class,
                description = "Start behind this position, as -o json prints it: STORE/REVISION.")
        private @Nullable Position after;

        @Option(names = "--snapshot", description = "First print the images that there are.")
        private boolean snapshot;
    }

    private static final class PositionConverter implements ITypeConverter<Position> {
        @Override
        public Position convert(String text) {
            try {
                return Position.parse(text);
            } catch (IllegalArgumentException e) {
                throw new TypeConversionException(String.valueOf(e.getMessage()));
            }
        }
    }

    /** @throws ImageException when the daemon tells no changes, or the position is lost */
    @Override
    public void run() {
        WatchOptions options = options();
        PrintWriter out = command.commandLine().getOut();
        WatchLines lines = new WatchLines(out, output.json());
        try (ImageStores stores = images.connection().open();
                Watch watch = changes(stores).watch(options)) {
            while (!Terminal.isClosed(out) && watch.hasNext()) { // the check also flushes
                lines.print(watch.next());
            }
        }
    }

    private static Changes changes(ImageStores stores) {
        return stores.changes()
                .orElseThrow(() -> new ImageException.Unimplemented(
                        "the server does not tell its changes: it is not imaged, or an older one", null));
    }

    private WatchOptions options() {
        WatchOptions options = allNamespaces
                ? WatchOptions.allNamespaces()
                : WatchOptions.namespace(images.connection().namespace());
        options = options.filters(filters.filters());
        if (start == null) {
            return options;
        }
        return start.after == null ? options.withSnapshot().restarting() : options.after(start.after);
    }
}
