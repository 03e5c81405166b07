package dev.imaged.server.cli;

import dev.imaged.errors.ImageException;
import dev.imaged.maintenance.LoadReport;
import dev.imaged.maintenance.Maintenance;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Stores images exactly as they are in a dump. */
@Command(
        name = "load",
        description =
                "Store the images of a dump exactly as they are, times included. It stops at the first that cannot be"
                        + " stored, and may be run again.",
        footerHeading = HelpOption.EXAMPLES,
        footer = {
            "  imaged load images.jsonl",
            "  imaged dump --address /run/old.sock | imaged load --address /run/new.sock"
        })
@SuppressWarnings({"NullAway.Init", "unused"}) // picocli sets and reads them
public final class LoadCommand implements Callable<Integer> {
    @Spec
    private CommandSpec command;

    @Mixin
    private HelpOption help;

    @Mixin
    private MaintenanceOptions store;

    @Mixin
    private OutputOption output;

    @Option(names = "--replace", description = "Replace images that have the same name and differ.")
    private boolean replace;

    @Mixin
    private Progress.Switch progress;

    @Parameters(arity = "0..1", paramLabel = "FILE", description = "What to read; standard input otherwise.")
    private @Nullable Path file;

    @Override
    public Integer call() throws Exception {
        try (Reader in = reader();
                LoadProgress images = new LoadProgress(progress.start("load", "images", -1))) {
            output.printReport(command.commandLine().getOut(), load(in, images));
            return 0;
        }
    }

    private LoadReport load(Reader in, LoadProgress images) throws Exception {
        try {
            return store.call(maintenance -> {
                try (Maintenance.Load load = maintenance.load(replace)) {
                    ImageLines.read(in, image -> {
                        images.next();
                        load.add(image);
                    });
                    return load.finish();
                }
            });
        } catch (ImageException e) {
            throw images.stopped(e);
        }
    }

    private Reader reader() throws IOException {
        return file == null
                ? new InputStreamReader(System.in, StandardCharsets.UTF_8.newDecoder())
                : Files.newBufferedReader(file);
    }
}
