package dev.imaged.server.cli;

import dev.imaged.server.engine.NamespacedImage;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Writes all images of a store as lines of JSON, the way out to any other store. */
@Command(
        name = "dump",
        description = "Write all images of all namespaces, at one moment, as lines of JSON; imaged load reads them.")
@SuppressWarnings({"NullAway.Init", "unused"}) // picocli sets and reads them
public final class DumpCommand implements Callable<Integer> {
    @Mixin
    private HelpOption help;

    @Mixin
    private MaintenanceOptions store;

    @Parameters(arity = "0..1", paramLabel = "FILE", description = "Where to write; standard output otherwise.")
    private @Nullable Path file;

    @Override
    public Integer call() throws IOException {
        if (file == null) {
            dump(new OutputStreamWriter(System.out, StandardCharsets.UTF_8), false);
            return 0;
        }
        // A dump that ends early is not taken for one, and does not replace an older one.
        Path partial = file.resolveSibling(file.getFileName() + ".partial");
        dump(Files.newBufferedWriter(partial), true);
        Files.move(partial, file, StandardCopyOption.REPLACE_EXISTING);
        return 0;
    }

    private void dump(Writer out, boolean showsProgress) throws IOException {
        try (ImageLines.Output lines = new ImageLines.Output(out)) {
            store.call(maintenance -> {
                long total = showsProgress ? maintenance.stats().images() : 0;
                try (Progress progress = showsProgress ? Progress.of("dump", "images", total) : Progress.none()) {
                    maintenance.dump(image -> {
                        write(lines, image);
                        progress.step(1);
                    });
                }
                return total;
            });
        }
    }

    private static void write(ImageLines.Output lines, NamespacedImage image) {
        try {
            lines.write(image);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write the dump", e);
        }
    }
}
