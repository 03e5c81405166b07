package dev.imaged.server.xodus;

import dev.imaged.images.Image;
import dev.imaged.oci.Descriptor;
import dev.imaged.server.store.StoreEngine;
import dev.imaged.server.store.TestStores;
import dev.imaged.server.store.kv.Database;
import dev.imaged.server.store.kv.FollowedStore;
import dev.imaged.server.xodus.cleaning.FileEvacuation;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import jetbrains.exodus.env.EnvironmentImpl;
import jetbrains.exodus.io.DataWriter;

/** Opens engines for tests. */
public final class Engines {
    private static final long PAGE_CACHE_BYTES = 8 << 20;

    private Engines() {}

    public static StoreEngine open(Path folder, Clock clock) {
        return TestStores.open(database(folder), clock);
    }

    public static XodusDatabase database(Path folder) {
        return database(folder, OpenDatabase.LOG_FILE_KIB, UnaryOperator.identity());
    }

    /** Opens a database that is removed first if it is a damaged copy. */
    public static Database copy(Path folder) {
        return copy(folder, store -> {});
    }

    /** As {@link #copy(Path)}, once the store of the copy is there. */
    public static Database copy(Path folder, Consumer<FollowedStore> requireThere) {
        return DamagedCopy.open(folder, TestStores.CONTENTS, requireThere, () -> database(folder));
    }

    /** A database with files of so many KiB, and something between the engine and them. */
    public static XodusDatabase database(Path folder, long fileKib, UnaryOperator<DataWriter> layer) {
        return XodusDatabase.open(folder, TestStores.CONTENTS, PAGE_CACHE_BYTES, fileKib, layer);
    }

    public static EnvironmentImpl environment(XodusDatabase database) {
        return database.requireOpen().environment();
    }

    /** Starts to clean the oldest file of a log. */
    public static FileEvacuation cleanOldest(XodusDatabase database) {
        EnvironmentImpl environment = environment(database);
        long[] newestFirst = environment.getLog().getAllFileAddresses();
        return new FileEvacuation(environment, newestFirst[newestFirst.length - 1]);
    }

    /** An image of more than a kilobyte, with one of so many names. */
    public static Image image(int number, int names) {
        return new Image(
                "n" + number % names,
                Map.of("filler", "x".repeat(1000)),
                new Descriptor("m", "sha256:" + "%064x".formatted(number), 1));
    }
}
