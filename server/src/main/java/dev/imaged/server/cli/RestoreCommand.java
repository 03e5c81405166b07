package dev.imaged.server.cli;

import dev.imaged.maintenance.BackupSink;
import dev.imaged.maintenance.Maintenance;
import dev.imaged.server.StoreFolder;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Makes a data folder of a backup. */
@Command(
        name = "restore",
        description = "Make a data folder of a backup, and verify it.",
        footerHeading = HelpOption.EXAMPLES,
        footer = "  imaged restore /backup/imaged-2026-01-31.tar.gz --data /var/lib/imaged")
@SuppressWarnings({"NullAway.Init", "unused"}) // picocli sets and reads them
public final class RestoreCommand implements Callable<Integer> {
    @Spec
    private CommandSpec command;

    @Mixin
    private HelpOption help;

    @Parameters(paramLabel = "DIR|FILE.tar|FILE.tar.gz", description = "What imaged backup made.")
    private Path backup;

    @Option(
            names = "--data",
            paramLabel = "DIR",
            required = true,
            description = "The data folder to make; it has to be empty or missing.")
    private Path data;

    @Mixin
    private Progress.Switch progress;

    @Override
    public Integer call() throws IOException {
        if (!Files.exists(backup)) {
            throw new NoSuchFileException(backup.toString());
        } else if (Files.isDirectory(backup)) {
            try (Maintenance store = StoreFolder.openReadOnly(backup)) { // read-only, so that the backup stays as it is
                restore(store.stats().diskBytes(), store::backup);
            }
        } else {
            restore(-1, sink -> BackupTar.read(backup, backup.toString(), sink));
        }
        PrintWriter out = command.commandLine().getOut();
        out.println(data + " is restored and verified");
        out.flush();
        return 0;
    }

    private interface Source {
        void copyTo(BackupSink sink) throws IOException;
    }

    private void restore(long total, Source source) throws IOException {
        try (NewFolder folder = NewFolder.at(data)) {
            try (BackupSink sink = StoreFolder.restore(folder.partial());
                    Progress shown = progress.start("restore", "bytes", total)) {
                source.copyTo(new BackupCommand.WatchedSink(sink, shown));
                sink.finish();
            }
            StoreFolder.beginNewLife(folder.partial());
            folder.finish();
        }
    }
}
