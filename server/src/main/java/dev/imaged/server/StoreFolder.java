package dev.imaged.server;

import dev.imaged.errors.ImageException.FailedPrecondition;
import dev.imaged.server.engine.BackupSink;
import dev.imaged.server.engine.Maintenance;
import dev.imaged.server.engine.NamespacedImage;
import dev.imaged.server.engine.SalvageReport;
import dev.imaged.server.xodus.XodusImageEngine;
import java.nio.file.Path;
import java.time.Clock;
import java.util.function.Consumer;

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
     * Makes a new store in a folder that is empty or missing.
     *
     * @throws FailedPrecondition when it is not, or cannot be used
     */
    public static void init(Path folder) {
        XodusImageEngine.init(folder.toAbsolutePath(), CACHE_BYTES, Clock.systemUTC());
    }

    /**
     * Checks that a folder holds a store, whatever state it is in, that nobody uses.
     *
     * @throws FailedPrecondition when there is none, or it is in use
     */
    public static void requireUnused(Path folder) {
        XodusImageEngine.requireUnused(folder.toAbsolutePath());
    }

    /**
     * Reads what can be read of a damaged store, and changes nothing in it.
     *
     * @param images takes each image that can be read
     * @param problems takes a line for each thing that cannot
     * @throws FailedPrecondition when there is no store in the folder, it is in use, or nothing can be read
     */
    public static SalvageReport salvage(Path folder, Consumer<NamespacedImage> images, Consumer<String> problems) {
        return XodusImageEngine.salvage(folder.toAbsolutePath(), images, problems);
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
