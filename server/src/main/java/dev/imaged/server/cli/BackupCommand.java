package dev.imaged.server.cli;

import dev.imaged.internal.text.Excerpt;
import dev.imaged.maintenance.BackupSink;
import dev.imaged.server.StoreFolder;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Copies a store as it is at one revision, and verifies the copy. */
@Command(
        name = "backup",
        description = "Copy a store as it is at one revision, while a daemon serves it, and verify the copy.",
        footerHeading = HelpOption.EXAMPLES,
        footer = {
            "  imaged backup /backup/imaged-2026-01-31.tar.gz",
            "  imaged backup --data /var/lib/imaged /backup/imaged"
        })
@SuppressWarnings({"NullAway.Init", "unused"}) // picocli sets and reads them
public final class BackupCommand implements Callable<Integer> {
    /** Names of archives in other formats. A folder of such a name is probably a mistake. */
    private static final Pattern OTHER_ARCHIVE = Pattern.compile(
            ".*\\.(tar\\.[a-z0-9]+|tbz2?|txz|tzst|gz|bz2|xz|zst|lz4|zip|7z|rar)", Pattern.CASE_INSENSITIVE);

    @Spec
    private CommandSpec command;

    @Mixin
    private HelpOption help;

    @Mixin
    private MaintenanceOptions store;

    @Mixin
    private OutputOption output;

    @Mixin
    private Progress.Switch progress;

    @Parameters(
            paramLabel = "DIR|FILE.tar|FILE.tar.gz",
            description = "Where to: a folder that is empty or missing, which becomes a data folder, or a new tar.")
    private Path target;

    @Override
    public Integer call() throws IOException {
        long revision = make();
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

    private long make() throws IOException {
        String name = target.toString();
        if (Files.isDirectory(target)) {
            return toFolder();
        } else if (name.endsWith(".tar")) {
            return toTar(false);
        } else if (name.endsWith(".tar.gz") || name.endsWith(".tgz")) {
            return toTar(true);
        } else if (OTHER_ARCHIVE.matcher(name).matches()) {
            throw new ParameterException(
                    command.commandLine(),
                    "'" + Excerpt.of(name) + "' would be an archive that is not written: name a folder, FILE.tar or"
                            + " FILE.tar.gz");
        }
        return toFolder();
    }

    private long toTar(boolean compressed) throws IOException {
        try (NewFile file = NewFile.at(target, false)) {
            long revision = copy(BackupTar.create(file.partial(), compressed));
            BackupTar.read(file.partial(), target.toString(), new NoSink());
            file.finish();
            return revision;
        } catch (FileSystemException e) { // its message names the file
            throw e;
        } catch (IOException e) {
            throw new IOException("file " + target + " of the backup cannot be written: " + e.getMessage(), e);
        }
    }

    private long toFolder() throws IOException {
        try (NewFolder folder = NewFolder.at(target)) {
            long revision = copy(StoreFolder.restore(folder.partial()));
            folder.finish();
            return revision;
        }
    }

    private long copy(BackupSink sink) throws IOException {
        return store.callOne(maintenance -> {
            long total = maintenance.stats().diskBytes();
            try (sink;
                    Progress shown = progress.start("backup", "bytes", total)) {
                long revision = maintenance.backup(new WatchedSink(sink, shown));
                sink.finish();
                return revision;
            }
        });
    }

    /** Passes a backup on and shows its progress. */
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
        public void finish() throws IOException {
            sink.finish();
        }

        @Override
        public void close() throws IOException {
            sink.close();
        }
    }

    /** Drops the bytes: the backup is read only to compare its checksums. */
    private record NoSink() implements BackupSink {
        @Override
        public void file(BackupFile file) {}

        @Override
        public void data(byte[] bytes, int count) {}

        @Override
        public void finish() {}

        @Override
        public void close() {}
    }
}
