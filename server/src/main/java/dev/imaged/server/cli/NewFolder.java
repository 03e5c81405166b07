package dev.imaged.server.cli;

import dev.imaged.errors.ImageException.DataLoss;
import dev.imaged.maintenance.CheckReport;
import dev.imaged.maintenance.Maintenance;
import dev.imaged.server.StoreFolder;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * A data folder that appears once it is whole and verified, or not at all. Until then it is made next to its place. If its place
 * exists, it is made within, because the place may be the root of a file system. For one thread.
 */
final class NewFolder implements Closeable {
    private final Path target;
    private final Path partial;
    private final Interruption.Running running;

    private NewFolder(Path target, Path partial) {
        this.target = target;
        this.partial = partial;
        this.running = Interruption.begin(
                () -> target + " is not made", () -> target + " is not made, and " + partial + " is left: delete it");
    }

    /**
     * Starts a folder.
     *
     * @throws dev.imaged.errors.ImageException.FailedPrecondition when the folder exists and is not empty
     */
    static NewFolder at(Path target) {
        StoreFolder.requireNew(target);
        Path within = target.resolve("imaged");
        return new NewFolder(target, NewFile.nextTo(Files.exists(target) ? within : target));
    }

    /** Returns the folder in which to make the store. */
    Path partial() {
        return partial;
    }

    /**
     * Checks the store, and moves it to its place.
     *
     * @throws DataLoss when something is wrong with the store
     */
    void finish() throws IOException {
        try (Maintenance store = StoreFolder.open(partial)) {
            CheckReport report = store.check();
            if (!report.isSound()) {
                throw new DataLoss(
                        target + " would be damaged and is not made, " + report.problemCount() + " problems: "
                                + report.problems().get(0),
                        null);
            }
        }
        StoreFolder.move(partial, target);
    }

    /** Deletes the rest of a folder that was not finished. */
    @Override
    public void close() throws IOException {
        if (Files.exists(partial)) {
            for (Path path : deepestFirst()) {
                Files.delete(path);
            }
        }
        running.close();
    }

    private List<Path> deepestFirst() throws IOException {
        try (Stream<Path> paths = Files.walk(partial)) {
            return paths.sorted(Comparator.reverseOrder()).toList();
        }
    }
}
