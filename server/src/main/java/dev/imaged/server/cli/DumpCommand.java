package dev.imaged.server.cli;

import dev.imaged.maintenance.NamespacedImage;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Writes all images of a store as lines of JSON, which any other store can take over. */
@Command(
        name = "dump",
        description = "Write all images of all namespaces, at one moment, as lines of JSON; imaged load reads them.",
        footerHeading = HelpOption.EXAMPLES,
        footer = {"  imaged dump images.jsonl", "  imaged dump | gzip > images.jsonl.gz"})
@SuppressWarnings({"NullAway.Init", "unused"}) // picocli sets and reads them
public final class DumpCommand implements Callable<Integer> {
    @Mixin
    private HelpOption help;

    @Mixin
    private MaintenanceOptions store;

    @Mixin
    private Progress.Switch progress;

    @Option(names = "--force", description = "Replace FILE if it is there; until the dump is whole it stays as it is.")
    private boolean force;

    @Parameters(arity = "0..1", paramLabel = "FILE", description = "Where to write; standard output otherwise.")
    private @Nullable Path file;

    @Override
    public Integer call() throws IOException {
        if (file == null) {
            // System.out hides its errors, so a dump that ended early would look complete.
            dump(new FileOutputStream(FileDescriptor.out));
        } else if (Files.exists(file) && !Files.isRegularFile(file) && !Files.isDirectory(file)) {
            dump(Files.newOutputStream(file)); // a device or a pipe
        } else {
            try (NewFile dump = NewFile.at(file, force)) {
                dump(Files.newOutputStream(dump.partial(), StandardOpenOption.CREATE_NEW));
                dump.finish();
            }
        }
        return 0;
    }

    private void dump(OutputStream out) throws IOException {
        try (ImageLines.Output lines = new ImageLines.Output(new OutputStreamWriter(out, StandardCharsets.UTF_8))) {
            store.call(maintenance -> {
                try (Progress shown = start(maintenance.stats().images())) {
                    maintenance.dump(image -> {
                        write(lines, image);
                        shown.step(1);
                    });
                }
                return lines;
            });
        }
    }

    /** Shows progress, unless it would be between the lines on one terminal. */
    private Progress start(long images) {
        return file == null && Terminal.isOutput() ? Progress.none() : progress.start("dump", "images", images);
    }

    private static void write(ImageLines.Output lines, NamespacedImage image) {
        try {
            lines.write(image);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write the dump", e);
        }
    }
}
