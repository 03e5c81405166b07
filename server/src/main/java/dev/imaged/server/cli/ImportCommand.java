package dev.imaged.server.cli;

import dev.imaged.content.DockerReference;
import dev.imaged.content.ImageArchive;
import dev.imaged.errors.ImageException;
import dev.imaged.images.UpdateMask;
import dev.imaged.internal.text.Excerpt;
import dev.imaged.maintenance.LoadReport;
import dev.imaged.maintenance.Maintenance;
import dev.imaged.remote.RemoteImageStores;
import dev.imaged.remote.RemoteMaintenance;
import dev.imaged.server.cli.Registrar.Registration;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Registers the names of the images of an archive. Blobs stay where they are: an image is only a name. */
@Command(
        name = "import",
        description =
                "Register the images of a layout or archive by their names, or copy those of another daemon; a name that"
                        + " exists is moved. An image that cannot be registered is a warning; the others are registered,"
                        + " and the exit code is 1.",
        footerHeading = HelpOption.EXAMPLES,
        footer = {
            "  imaged import layout.tar --base-name docker.io/library/app",
            "  imaged import image.tar.zst --keep-existing",
            "  imaged import --from unix:///run/containerd/containerd.sock"
        })
@SuppressWarnings({"NullAway.Init", "unused"}) // picocli sets and reads them
public final class ImportCommand implements Callable<Integer> {
    /** A tag or digest at the end of a name; a colon before a slash is that of a port. */
    private static final Pattern WITH_TAG = Pattern.compile(".*(:[^/]*|@.*)");

    private static final Path STDIN = Path.of("-");

    @Spec
    private CommandSpec command;

    @Mixin
    private HelpOption help;

    @Mixin
    private ConnectOptions connection;

    @Mixin
    private OutputOption output;

    @Parameters(
            arity = "0..1",
            paramLabel = "ARCHIVE",
            description =
                    "An OCI image layout, folder or tar, or a tar of docker save; a tar may be compressed with gzip, zstd,"
                            + " xz or bzip2. A - is an archive that comes from standard input.")
    private @Nullable Path archive;

    @Option(
            names = "--from",
            paramLabel = "ADDRESS",
            description =
                    "Instead of an archive: copy all images of all namespaces, times included, from the daemon at this"
                            + " address, such as unix:///run/containerd/containerd.sock.")
    private @Nullable String from;

    @Option(
            names = "--mirror",
            description = "With --from: then delete all images that the other daemon does not have, in all namespaces.")
    private boolean mirror;

    @Option(names = "--force", description = "With --mirror: delete all images if the other daemon has none at all.")
    private boolean force;

    @Mixin
    private Progress.Switch progress;

    @Option(
            names = "--base-name",
            paramLabel = "NAME",
            description = "What tags are appended to: docker.io/library/alpine makes docker.io/library/alpine:TAG, and"
                    + " docker.io/library/alpine@DIGEST for an image without a tag; :latest if it is the only one.")
    private @Nullable String baseName;

    @Option(names = "--keep-existing", description = "Leave a name that exists as it is.")
    private boolean keepExisting;

    @Option(
            names = "--label",
            paramLabel = "KEY=VALUE",
            converter = LabelArgument.Converter.class,
            description = "A label to set on each image; an empty value removes it.")
    private List<LabelArgument> labels = new ArrayList<>();

    @Mixin
    private UnpackOptions unpack;

    @Override
    public Integer call() throws Exception {
        if ((archive == null) == (from == null)) {
            throw new ParameterException(command.commandLine(), "either an archive or --from is needed");
        } else if (force && !mirror) {
            throw new ParameterException(command.commandLine(), "--force needs --mirror");
        } else if (from != null) {
            output.printReport(command.commandLine().getOut(), copy(from));
            return 0;
        } else if (mirror) {
            throw new ParameterException(command.commandLine(), "--mirror needs --from");
        }
        return register(Objects.requireNonNull(archive));
    }

    private LoadReport copy(String address) throws Exception {
        if (baseName != null || keepExisting || !labels.isEmpty()) {
            throw new ParameterException(
                    command.commandLine(),
                    "--from copies images as they are: leave out --base-name, --keep-existing and --label");
        }
        try (RemoteImageStores source = connection.connect("--from", address);
                RemoteImageStores target = connection.connect();
                LoadProgress progressed = new LoadProgress(progress.start("import", "images", -1))) {
            Mirror mirrored = new Mirror(source, target);
            if (mirror && mirrored.isOneStore()) {
                throw refusal(address + " and the daemon to copy to are one store: --mirror needs two");
            }
            LoadReport report = copy(source, new RemoteMaintenance(target), progressed, mirrored);
            if (mirror && mirrored.isSourceEmpty() && !force) {
                throw refusal(
                        address + " has no image at all, and --mirror would delete all others: add --force to insist");
            } else if (mirror) {
                long deleted = mirrored.deleteOthers();
                command.commandLine()
                        .getErr()
                        .println("deleted " + deleted + " images that " + address + " does not have");
            }
            return report;
        }
    }

    private static ImageException refusal(String message) {
        return ImageException.of(ImageException.Code.FAILED_PRECONDITION, message, null);
    }

    private LoadReport copy(RemoteImageStores source, Maintenance target, LoadProgress progressed, Mirror mirrored)
            throws Exception {
        try (Maintenance.Load load = target.load(true)) {
            DaemonImages images = new DaemonImages(source);
            for (String namespace : source.namespaces()) {
                images.forEach(namespace, image -> {
                    progressed.next();
                    load.add(image);
                    if (mirror) {
                        mirrored.has(image);
                    }
                });
            }
            return load.finish();
        } catch (ImageException e) {
            throw progressed.stopped(e);
        }
    }

    private int register(Path path) throws IOException {
        requireBaseName();
        boolean stdin = path.equals(STDIN);
        ArchiveImport images = new ArchiveImport(stdin ? UnpackOptions.STDIN : path.toString(), this::warn);
        try (ImageArchive content = stdin ? unpack.archive(System.in) : unpack.archive(path)) {
            images.check(content, LayoutNames.of(content.manifests(), baseName));
        }
        Map<String, String> wanted = LabelArgument.toMap(labels);
        UpdateMask mask =
                labels.isEmpty() ? UpdateMask.target() : UpdateMask.target().and(LabelArgument.toMask(labels));
        try {
            connection.call(store -> {
                images.register(new Registrar(store, keepExisting), wanted, mask);
                return images;
            });
        } finally {
            print(command.commandLine().getOut(), images.done());
        }
        if (!images.isComplete()) {
            ExceptionHandler.print(command.commandLine(), images.summary());
        }
        return images.isComplete() ? 0 : 1;
    }

    private void requireBaseName() {
        String name = baseName;
        if (name == null) {
            return;
        }
        boolean tagged = WITH_TAG.matcher(name).matches();
        Optional<String> problem = tagged ? Optional.of("has a tag or digest") : DockerReference.problem(name);
        if (problem.isPresent()) {
            throw new ParameterException(
                    command.commandLine(),
                    "--base-name: '" + Excerpt.of(name) + "' must be a name without tag or digest: it "
                            + problem.get());
        }
    }

    private void warn(String message) {
        ExceptionHandler.print(command.commandLine(), "warning: " + message);
    }

    private void print(PrintWriter out, List<Registration> done) {
        if (output.json()) {
            ImageJson.print(
                    out,
                    json -> ImageJson.array(json, done, (array, registration) -> {
                        array.writeStartObject();
                        array.writeStringField("status", registration.outcome().toString());
                        array.writeFieldName("image");
                        ImageJson.image(array, registration.image());
                        array.writeEndObject();
                    }));
            return;
        }
        Table table = new Table("NAME", "STATUS", "TYPE", "DIGEST");
        done.forEach(registration -> table.row(
                registration.image().name(),
                registration.outcome().toString(),
                registration.image().target().mediaType(),
                registration.image().target().digest()));
        table.print(out);
    }
}
