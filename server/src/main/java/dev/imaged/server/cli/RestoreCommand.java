package dev.imaged.server.cli;

import dev.imaged.server.StoreFolder;
import dev.imaged.server.engine.BackupSink;
import dev.imaged.server.engine.Maintenance;
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
@Command(name = "restore", description = "Make a data folder of a backup, and verify it.")
@SuppressWarnings({"NullAway.Init", "unused"}) // picocli sets and reads them
public final class RestoreCommand implements Callable<Integer> {
    @Spec
    private CommandSpec command;

    @Mixin
    private HelpOption help;

    @Parameters(paramLabel = "DIR|FILE.tar", description = "What imaged backup made.")
    private Path backup;

    @Option(
            names = "--data",
            paramLabel = "DIR",
            required = true,
            description = "The data folder to make; it has to be empty or missing.")
    private Path data;

    @Override
    public Integer call() throws IOException {
        if (!Files.exists(backup)) {
            throw new NoSuchFileException(backup.toString());
        }
        // A folder of which only a part was restored is not taken for a data folder: the sink stays open then.
        if (BackupCommand.isTar(backup)) {
            restore(sink -> BackupTar.read(backup, sink));
        } else {
            try (Maintenance store = StoreFolder.open(backup)) {
                restore(store::backup);
            }
        }
        BackupCommand.verify(data);
        PrintWriter out = command.commandLine().getOut();
        out.println(data + " is restored and verified");
        out.flush();
        return 0;
    }

    private interface Source {
        void copyTo(BackupSink sink) throws IOException;
    }

    private void restore(Source source) throws IOException {
        BackupSink sink = StoreFolder.restore(data);
        source.copyTo(sink);
        sink.close();
    }
}
