package dev.imaged.server.cli;

import dev.imaged.content.Blobs;
import dev.imaged.content.Documents;
import dev.imaged.content.ImageArchive;
import dev.imaged.content.LocalContent;
import dev.imaged.errors.Excerpt;
import dev.imaged.errors.ImageException;
import dev.imaged.images.Image;
import dev.imaged.images.ImageContent;
import dev.imaged.images.ImageStore;
import dev.imaged.images.UpdateMask;
import dev.imaged.oci.Descriptor;
import dev.imaged.remote.RemoteImageStores;
import dev.imaged.server.cli.Registrar.Registration;
import dev.imaged.server.engine.LoadReport;
import dev.imaged.server.engine.Maintenance;
import dev.imaged.server.grpc.RemoteMaintenance;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
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
                        + " exists is moved.",
        footerHeading = HelpOption.EXAMPLES,
        footer = {
            "  imaged import layout.tar --base-name docker.io/library/app",
            "  imaged import --from unix:///run/containerd/containerd.sock"
        })
@SuppressWarnings({"NullAway.Init", "unused"}) // picocli sets and reads them
public final class ImportCommand implements Callable<Integer> {
    /** A tag or digest at the end of a name; a colon before a slash is that of a port. */
    private static final Pattern WITH_TAG = Pattern.compile(".*(:[^/]*|@.*)");

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
            paramLabel = "LAYOUT",
            description = "An OCI image layout, folder or tar, or a tar of docker save; not compressed.")
    private @Nullable Path layout;

    @Option(
            names = "--from",
            paramLabel = "ADDRESS",
            description =
                    "In place of a layout: copy all images of all namespaces, times included, from the daemon at this"
                            + " address, such as unix:///run/containerd/containerd.sock.")
    private @Nullable String from;

    @Mixin
    private Progress.Switch progress;

    @Option(
            names = "--base-name",
            paramLabel = "NAME",
            description = "What tags are appended to: docker.io/library/alpine makes docker.io/library/alpine:TAG.")
    private @Nullable String baseName;

    @Option(
            names = "--label",
            paramLabel = "KEY=VALUE",
            converter = LabelArgument.Converter.class,
            description = "A label to set on each image; an empty value removes it.")
    private List<LabelArgument> labels = new ArrayList<>();

    @Override
    public Integer call() throws Exception {
        if ((layout == null) == (from == null)) {
            throw new ParameterException(command.commandLine(), "either a layout or --from is needed");
        } else if (from != null) {
            output.printReport(command.commandLine().getOut(), copy(from));
            return 0;
        }
        return register(Objects.requireNonNull(layout));
    }

    private LoadReport copy(String address) throws Exception {
        if (baseName != null || !labels.isEmpty()) {
            throw new ParameterException(
                    command.commandLine(), "--from copies images as they are: leave out --base-name and --label");
        }
        try (RemoteImageStores source = connection.connect("--from", address);
                Maintenance target = new RemoteMaintenance(connection.connect());
                LoadProgress progressed = new LoadProgress(progress.start("import", "images", -1))) {
            return copy(source, target, progressed);
        }
    }

    private static LoadReport copy(RemoteImageStores source, Maintenance target, LoadProgress progressed)
            throws Exception {
        try (Maintenance.Load load = target.load(true)) {
            DaemonImages images = new DaemonImages(source);
            for (String namespace : source.namespaces()) {
                images.forEach(namespace, image -> {
                    progressed.next();
                    load.add(image);
                });
            }
            return load.finish();
        } catch (ImageException e) {
            throw progressed.stopped(e);
        }
    }

    private int register(Path archivePath) throws IOException {
        requireBaseName();
        ImageArchive archive = LocalContent.archive(archivePath);
        LayoutNames names = LayoutNames.of(archivePath.toString(), archive.manifests(), baseName);
        warn(archive, names);
        List<Registration> done = new ArrayList<>();
        try {
            connection.call(store -> register(store, names, done));
        } finally {
            print(command.commandLine().getOut(), done);
        }
        return 0;
    }

    private void requireBaseName() {
        if (baseName != null
                && (baseName.isEmpty() || WITH_TAG.matcher(baseName).matches())) {
            throw new ParameterException(
                    command.commandLine(),
                    "--base-name: '" + Excerpt.of(baseName) + "' must be a name without tag or digest");
        }
    }

    private void warn(ImageArchive archive, LayoutNames names) throws IOException {
        Documents documents = Documents.of(archive);
        for (Descriptor entry : names.unnamed()) {
            warn(entry.digest() + " has no full name and is left out: give --base-name");
        }
        for (Map.Entry<String, Descriptor> entry : names.targets().entrySet()) {
            ImageContent content = new ImageContent(documents, entry.getValue());
            for (Descriptor wrong : content.invalidData()) {
                warn(Excerpt.of(entry.getKey()) + ": " + wrong.digest() + ": " + Blobs.dataProblem(wrong)
                        + " and does not count");
            }
            for (Descriptor missing : content.missing()) {
                warn(Excerpt.of(entry.getKey()) + " needs " + missing.digest() + " (" + Excerpt.of(missing.mediaType())
                        + "), which is not in the layout");
            }
        }
    }

    private void warn(String message) {
        ExceptionHandler.print(command.commandLine(), "warning: " + message);
    }

    private List<Registration> register(ImageStore store, LayoutNames names, List<Registration> done) {
        Map<String, String> wanted = LabelArgument.toMap(labels);
        UpdateMask mask =
                labels.isEmpty() ? UpdateMask.target() : UpdateMask.target().and(LabelArgument.toMask(labels));
        Registrar registrar = new Registrar(store);
        for (Map.Entry<String, Descriptor> entry : names.targets().entrySet()) {
            done.add(registrar.register(new Image(entry.getKey(), wanted, entry.getValue()), mask));
        }
        return done;
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
