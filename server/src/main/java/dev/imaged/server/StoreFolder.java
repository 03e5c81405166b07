package dev.imaged.server;

import dev.imaged.errors.ImageException.FailedPrecondition;
import dev.imaged.server.engine.BackupSink;
import dev.imaged.server.engine.Maintenance;
import dev.imaged.server.xodus.XodusImageEngine;
import java.nio.file.Path;
import java.time.Clock;

/** Data folders that no daemon serves. */
public final class StoreFolder {
    private static final long CACHE_BYTES = Runtime.getRuntime().maxMemory() / 4;

    private StoreFolder() {}

    /**
     * Opens the store in a folder.
     *
     * @throws FailedPrecondition when there is none, it is in use, or it cannot be read
     */
    public static Maintenance open(Path folder) {
        return XodusImageEngine.maintain(folder.toAbsolutePath(), CACHE_BYTES, Clock.systemUTC());
    }

    /**
     * Makes a data folder of the files of a backup; it becomes one when the sink is closed.
     *
     * @throws FailedPrecondition when the folder is not empty or cannot be used
     */
    public static BackupSink restore(Path folder) {
        return XodusImageEngine.restore(folder.toAbsolutePath());
    }
}
