package dev.imaged.server.cli;

import dev.imaged.errors.ImageException.DataLoss;
import dev.imaged.server.StoreFolder;
import dev.imaged.server.engine.BackupSink;
import dev.imaged.server.engine.CheckReport;
import dev.imaged.server.engine.Maintenance;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Copies a store as it is at one revision, and verifies the copy. */
@Command(
        name = "backup",
        description = "Copy a store as it is at one revision, while a daemon serves it, and verify the copy.")
@SuppressWarnings({"NullAway.Init", "unused"}) // picocli sets and reads them
public final class BackupCommand implements Callable<Integer> {
    private static final String TAR = ".tar";

    @Spec
    private CommandSpec command;

    @Mixin
    private HelpOption help;

    @Mixin
    private MaintenanceOptions store;

    @Mixin
    private OutputOption output;

    @Parameters(
            paramLabel = "DIR|FILE.tar",
            description = "Where to: a folder that is empty or missing, which becomes a data folder, or a new tar.")
    private Path target;

    @Override
    public Integer call() throws IOException {
        long revision = isTar(target) ? toTar() : toFolder();
        PrintWriter out = command.commandLine().getOut();
        if (output.json()) {
            ImageJson.print(out, json -> {
                json.writeStartObject();
                json.writeStringField("backup", target.toString());
                json.writeNumberField("revision", revision);
                json.writeEndObject();
            });
        } else {
            out.println(target + " holds the store at revision " + revision + ", and is verified");
            out.flush();
        }
        return 0;
    }

    /** Whether a path is that of a backup in a tar; a folder may have any name. */
    static boolean isTar(Path path) {
        return path.toString().endsWith(TAR) && !Files.isDirectory(path);
    }

    private long toTar() throws IOException {
        if (Files.exists(target)) {
            throw new FileAlreadyExistsException(target + ": exists already");
        }
        Path partial = target.resolveSibling(target.getFileName() + ".partial");
        try {
            long revision = copy(BackupTar.create(partial));
            BackupTar.read(partial, new NoSink());
            Files.move(partial, target);
            return revision;
        } catch (FileSystemException e) { // which names the file
            throw e;
        } catch (IOException e) {
            throw new IOException("file " + partial + " of the backup cannot be written: " + e.getMessage(), e);
        }
    }

    private long toFolder() throws IOException {
        long revision = copy(StoreFolder.restore(target));
        verify(target);
        return revision;
    }

    /** @throws DataLoss when something is wrong with the store in a folder */
    static void verify(Path folder) {
        try (Maintenance copy = StoreFolder.open(folder)) {
            CheckReport report = copy.check();
            if (!report.isSound()) {
                throw new DataLoss(
                        folder + " is not sound, " + report.problemCount() + " problems: "
                                + report.problems().get(0),
                        null);
            }
        }
    }

    private long copy(BackupSink sink) throws IOException {
        return store.call(maintenance -> {
            long total = maintenance.stats().diskBytes();
            try (Progress progress = Progress.of("backup", "bytes", total)) {
                long revision = maintenance.backup(new WatchedSink(sink, progress));
                // Only a backup that came to its end is made whole.
                sink.close();
                return revision;
            }
        });
    }

    /** Shows how far a backup is. */
    record WatchedSink(BackupSink sink, Progress progress) implements BackupSink {
        @Override
        public void file(BackupFile file) throws IOException {
            sink.file(file);
        }

        @Override
        public void data(byte[] bytes, int count) throws IOException {
            sink.data(bytes, count);
            progress.step(count);
        }

        @Override
        public void close() throws IOException {
            sink.close();
        }
    }

    /** Reads for its checksums alone. */
    private record NoSink() implements BackupSink {
        @Override
        public void file(BackupFile file) {}

        @Override
        public void data(byte[] bytes, int count) {}

        @Override
        public void close() {}
    }
}
