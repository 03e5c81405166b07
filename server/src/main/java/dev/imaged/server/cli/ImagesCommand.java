package dev.imaged.server.cli;

import dev.imaged.errors.ImageException;
import dev.imaged.errors.ImageException.NotFound;
import dev.imaged.images.Applied;
import dev.imaged.images.Apply;
import dev.imaged.images.AsOf;
import dev.imaged.images.DeleteOptions;
import dev.imaged.images.Image;
import dev.imaged.images.ImageStore;
import dev.imaged.images.ImageValidator;
import dev.imaged.images.Operation;
import dev.imaged.images.Transactions;
import dev.imaged.images.UpdateMask;
import dev.imaged.images.VersionedImage;
import dev.imaged.oci.Descriptor;
import dev.imaged.oci.Digest;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.Spec;

/** Lists and changes images: each method is a subcommand that returns its exit code. */
@Command(
        name = "images",
        description = "List, change and watch images.",
        footerHeading = HelpOption.EXAMPLES,
        subcommands = {
            ApplyCommand.class,
            ImageHistoryCommand.class,
            ImageListCommand.class,
            RevertCommand.class,
            UndoCommand.class,
            WatchCommand.class
        },
        footer = {"  imaged images ls", "  imaged images -n k8s.io get docker.io/library/alpine:3"})
@SuppressWarnings({"NullAway.Init", "unused"}) // picocli sets and reads them
public final class ImagesCommand implements Runnable {
    private static final int FAILED = 1;

    /** The exit code for an argument that breaks a rule. */
    private static final int WRONG = 2;

    @Spec
    private CommandSpec command;

    @Mixin
    private HelpOption help;

    @Mixin
    private ConnectOptions connection;

    @Mixin
    private Names names;

    /** Without a subcommand it shows its help. */
    @Override
    public void run() {
        command.commandLine().usage(out());
    }

    @Command(
            name = "get",
            description = "Show an image.",
            footerHeading = HelpOption.EXAMPLES,
            footer = {
                "  imaged images get docker.io/library/alpine:3 -o json",
                "  imaged images get docker.io/library/app:latest --as-of 812"
            })
    int get(
            @Mixin HelpOption subcommandHelp,
            @Mixin OutputOption output,
            @Mixin AsOfOption asOf,
            @Parameters(paramLabel = "NAME", description = "The name of the image.") String name)
            throws IOException {
        AsOf moment = asOf.moment();
        Image image = moment == null
                ? call(store -> store.get(name))
                : connection.callHistory(history -> history.get(name, moment)).image();
        output.print(out(), image);
        return 0;
    }

    @Command(
            name = "create",
            description = "Create an image: a name that points to a target.",
            footerHeading = HelpOption.EXAMPLES,
            footer = {
                "  imaged images create docker.io/library/app:v1 --size 1024 \\",
                "      --media-type application/vnd.oci.image.index.v1+json \\",
                "      --digest sha256:1111111111111111111111111111111111111111111111111111111111111111"
            })
    int create(
            @Mixin HelpOption subcommandHelp,
            @Mixin OutputOption output,
            @Parameters(paramLabel = "NAME", description = "The name of the image.") String name,
            @Option(
                            names = "--digest",
                            paramLabel = "DIGEST",
                            required = true,
                            converter = DigestConverter.class,
                            description = "The digest of the target.")
                    Digest digest,
            @Option(
                            names = "--media-type",
                            paramLabel = "TYPE",
                            required = true,
                            description = "The media type of the target.")
                    String mediaType,
            @Option(
                            names = "--size",
                            paramLabel = "BYTES",
                            required = true,
                            description = "The size of the target in bytes.")
                    long size,
            @Option(
                            names = "--label",
                            paramLabel = "KEY=VALUE",
                            converter = LabelArgument.Converter.class,
                            description = "A label of the image; may be given again.")
                    @Nullable
                    List<LabelArgument> labels) {
        Map<String, String> all = labels == null ? Map.of() : LabelArgument.toMap(labels);
        Image image = new Image(name, all, new Descriptor(mediaType, digest.toString(), size));
        output.print(out(), call(store -> {
            ImageValidator.requireName(name); // before anything is asked of a daemon
            ImageValidator.requireValid(image);
            return store.create(image);
        }));
        return 0;
    }

    @Command(
            name = "tag",
            description = "Give the target and labels of an image further names.",
            footerHeading = HelpOption.EXAMPLES,
            footer = {
                "  imaged images tag --force docker.io/library/app:v1 docker.io/library/app:latest",
                "  imaged images tag docker.io/library/app:v2 docker.io/library/app:latest \\",
                "      --if-digest sha256:1111111111111111111111111111111111111111111111111111111111111111"
            })
    int tag(
            @Mixin HelpOption subcommandHelp,
            @Mixin OutputOption output,
            @Option(names = "--force", description = "Replace the images that have these names.") boolean force,
            @Option(
                            names = "--if-digest",
                            paramLabel = "DIGEST",
                            converter = DigestConverter.class,
                            description = "Move the further names together, if all of them point to this digest now.")
                    @Nullable
                    Digest ifDigest,
            @Parameters(index = "0", paramLabel = "SOURCE", description = "The name of an image.") String source,
            @Parameters(index = "1..*", arity = "1..*", paramLabel = "NEW", description = "The further names.")
                    List<String> newNames)
            throws IOException {
        if (force && ifDigest != null) {
            throw wrong("--force and --if-digest do not go together: give one of them", null);
        } else if (ifDigest != null) {
            output.printAll(out(), move(source, newNames, ifDigest).iterator());
            return 0;
        }
        List<Image> done = new ArrayList<>();
        int exit = call(store -> {
            Image image = store.get(source);
            return forEach(newNames.iterator(), name -> done.add(tag(store, image, name, force)));
        });
        output.printAll(out(), done.iterator());
        return exit;
    }

    /** Moves names that point to a digest to what another name points to, all or none. */
    private List<Image> move(String source, List<String> names, Digest from) {
        List<Operation> operations = names.stream()
                .map(name -> Operation.tag(source, name).ifDigest(from.toString()))
                .toList();
        return callTransactions(transactions -> transactions.apply(Apply.of(operations))).results().stream()
                .map(Applied.Result::image)
                .filter(Objects::nonNull)
                .map(VersionedImage::image)
                .toList();
    }

    private static Image tag(ImageStore store, Image source, String name, boolean force) {
        Image image = new Image(name, source.labels(), source.target());
        return force ? new Registrar(store).register(image, UpdateMask.all()).image() : store.create(image);
    }

    @Command(
            name = "label",
            description = "Set or remove labels of an image; the others stay as they are.",
            footerHeading = HelpOption.EXAMPLES,
            footer = "  imaged images label docker.io/library/app:v1 env=prod old=")
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
        output.print(out(), call(store -> store.update(update, LabelArgument.toMask(labels))));
        return 0;
    }

    @Command(
            name = "rm",
            description = "Remove names; what they point to stays where it is.",
            footerHeading = HelpOption.EXAMPLES,
            footer = {
                "  imaged images rm docker.io/library/app:v1 docker.io/library/app:v2",
                "  imaged images rm \\",
                "      --digest sha256:1111111111111111111111111111111111111111111111111111111111111111"
            })
    int remove(
            @Mixin HelpOption subcommandHelp,
            @Option(names = "--sync", description = "Wait until the server has collected its garbage.") boolean sync,
            @Option(
                            names = "--digest",
                            paramLabel = "DIGEST",
                            converter = DigestConverter.class,
                            description = "Remove all names that point to this digest, each only while it does.")
                    @Nullable
                    Digest digest,
            @Parameters(arity = "0..*", paramLabel = "NAME", description = "The names.") @Nullable List<String> given) {
        if (digest != null && given == null) {
            return call(store -> removeAll(store, digest, sync));
        } else if (digest == null && given != null) {
            return call(store -> forEach(given.iterator(), name -> remove(store, name, new DeleteOptions(sync, ""))));
        }
        throw wrong(
                digest == null
                        ? "Missing required parameter: 'NAME' or --digest"
                        : "names and --digest do not go together: give one of them",
                null);
    }

    private int removeAll(ImageStore store, Digest digest, boolean sync) {
        List<String> found;
        String filter = FilterOptions.pointsTo(digest).toString();
        try (Stream<Image> images = DaemonImages.stream(store, List.of(filter))) {
            found = images.map(Image::name).toList();
        }
        if (found.isEmpty()) {
            throw new NotFound("names that point to " + digest);
        }
        return forEach(found.iterator(), name -> {
            try {
                remove(store, name, new DeleteOptions(sync, digest.toString()));
            } catch (NotFound e) {
                // Another client has removed or moved the name since.
            }
        });
    }

    private void remove(ImageStore store, String name, DeleteOptions options) {
        store.delete(name, options);
        names.print(out(), name, '\n');
        out().flush();
    }

    /** Calls an action with the images of the namespace. A broken rule is an error of the command line. */
    private <T> T call(Function<ImageStore, T> action) {
        try {
            return connection.call(action);
        } catch (ImageException.InvalidArgument e) {
            throw wrong(e.getMessage(), e);
        }
    }

    ParameterException wrong(@Nullable String message, @Nullable Throwable cause) {
        ParseResult subcommand = command.commandLine().getParseResult().subcommand();
        return new ParameterException(subcommand.commandSpec().commandLine(), message, cause);
    }

    /** Calls an action with each name. A failure is reported, and the other names are still done. */
    int forEach(Iterator<String> each, Consumer<String> action) {
        int exit = 0;
        while (each.hasNext()) {
            String name = each.next();
            try {
                action.accept(name);
            } catch (ImageException.Unavailable e) {
                throw e; // the others would fail in the same way
            } catch (ImageException e) {
                ExceptionHandler.print(command.commandLine(), ExceptionHandler.message(e));
                exit = Math.max(exit, e instanceof ImageException.InvalidArgument ? WRONG : FAILED);
            }
        }
        out().flush();
        return exit;
    }

    /** Calls an action as {@link #call} does, with what changes several images at once. */
    <T> T callTransactions(Function<Transactions, T> action) {
        try {
            return connection.callTransactions(action);
        } catch (ImageException.InvalidArgument e) {
            throw wrong(e.getMessage(), e);
        }
    }

    /** Returns the connection, for subcommands that are classes of their own. */
    ConnectOptions connection() {
        return connection;
    }

    /** Returns how names are printed. */
    Names names() {
        return names;
    }

    private PrintWriter out() {
        return command.commandLine().getOut();
    }
}
