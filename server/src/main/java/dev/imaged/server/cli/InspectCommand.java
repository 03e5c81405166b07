package dev.imaged.server.cli;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.imaged.content.Documents;
import dev.imaged.images.ImageContent;
import dev.imaged.oci.Compression;
import dev.imaged.oci.Descriptor;
import dev.imaged.oci.Platform;
import dev.imaged.oci.PlatformMatcher;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Shows the content of an image: indexes, manifests, configs and layers, and which of them are missing. */
@Command(
        name = "inspect",
        description = "Show what an image consists of, and what of it is missing.",
        footerHeading = HelpOption.EXAMPLES,
        footer = "  imaged inspect docker.io/library/app:v1 --content layout.tar --platform linux/arm64")
@SuppressWarnings({"NullAway.Init", "unused"}) // picocli sets and reads them
public final class InspectCommand implements Callable<Integer> {
    private static final String DIGEST = "sha[0-9]+:.*";

    @Spec
    private CommandSpec command;

    @Mixin
    private HelpOption help;

    @Mixin
    private ConnectOptions connection;

    @Mixin
    private OutputOption output;

    @Mixin
    private ContentOption content;

    @Option(
            names = "--platform",
            paramLabel = "PLATFORM",
            converter = PlatformConverter.class,
            description = "Only the image for this platform, for example linux/arm64 (default: all).")
    private @Nullable Platform platform;

    @Parameters(
            paramLabel = "NAME|DIGEST",
            description = "The name of an image, or the digest of an index or manifest.")
    private String reference;

    @Override
    public Integer call() throws IOException {
        if (!content.isGiven()) {
            throw new ParameterException(command.commandLine(), "Missing required option: '--content=SOURCE'");
        }
        Descriptor named = reference.matches(DIGEST)
                ? null
                : connection.call(store -> store.get(reference)).target();
        List<ContentTree.Line> lines = content.call(
                connection,
                documents -> tree(
                        documents, named == null ? DocumentProbe.describe(documents.provider(), reference) : named));
        print(command.commandLine().getOut(), lines);
        lines.stream().filter(line -> line.dataProblem() != null).forEach(this::warn);
        return 0;
    }

    private void warn(ContentTree.Line line) {
        ExceptionHandler.print(
                command.commandLine(),
                "warning: " + line.descriptor().digest() + ": " + line.dataProblem() + " and does not count");
    }

    private List<ContentTree.Line> tree(Documents documents, Descriptor target) throws IOException {
        return platform == null
                ? ContentTree.of(documents, target)
                : ContentTree.of(new ImageContent(documents, target, PlatformMatcher.only(platform)));
    }

    private void print(PrintWriter out, List<ContentTree.Line> lines) {
        if (output.json()) {
            ImageJson.print(out, json -> ImageJson.array(json, lines, InspectCommand::line));
            return;
        }
        Table table = new Table("CONTENT", "PLATFORM", "SIZE", "COMPRESSION", "STATUS", "DIGEST");
        lines.forEach(line -> table.row(
                "  ".repeat(line.depth()) + line.kind(),
                line.platform() == null ? "-" : line.platform().formatAll(),
                ByteSize.format(line.descriptor().size()),
                line.compression() == null ? "-" : lower(line.compression()),
                line.present() ? "present" : "missing",
                line.descriptor().digest()));
        table.print(out);
    }

    private static void line(JsonGenerator json, ContentTree.Line line) throws IOException {
        json.writeStartObject();
        json.writeStringField("kind", line.kind());
        json.writeNumberField("depth", line.depth());
        json.writeBooleanField("present", line.present());
        json.writeStringField(
                "platform", line.platform() == null ? "" : line.platform().formatAll());
        json.writeStringField("compression", line.compression() == null ? "" : lower(line.compression()));
        json.writeFieldName("descriptor");
        ImageJson.descriptor(json, line.descriptor());
        json.writeEndObject();
    }

    private static String lower(Compression compression) {
        return compression.name().toLowerCase(Locale.ROOT);
    }
}
