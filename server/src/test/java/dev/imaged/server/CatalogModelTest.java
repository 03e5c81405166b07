package dev.imaged.server;

import dev.imaged.images.CatalogModel;
import dev.imaged.images.ConditionalWrites;
import dev.imaged.images.ImageStores;
import dev.imaged.images.TestClock;
import dev.imaged.remote.RemoteImageStores;
import dev.imaged.server.engine.DecodedImageStores;
import dev.imaged.server.store.TestStores;
import dev.imaged.server.store.kv.MemoryDatabase;
import dev.imaged.server.store.write.Retention;
import dev.imaged.server.xodus.Engines;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Long random histories have the answers of the reference in memory. {@code -Dimaged.model.steps=2000000} is a long run. */
class CatalogModelTest {
    private static final int STEPS = Integer.getInteger("imaged.model.steps", 100_000);
    private static final long SEED = Long.getLong("imaged.model.seed", 20261128);
    private static final Retention RETENTION = new Retention(CatalogModel.KEPT_CHANGES, Duration.ofDays(10_000));

    @TempDir
    Path folder;

    @Test
    void theStoreHasTheAnswersOfTheReference() throws Exception {
        CatalogModel.run(
                clock -> new DecodedImageStores(
                        TestStores.open(new MemoryDatabase(TestStores.CONTENTS), clock, RETENTION)),
                SEED,
                STEPS);
    }

    @Test
    void theStoreOnADiskHasTheAnswersOfTheReference() throws Exception {
        CatalogModel.run(
                clock -> new DecodedImageStores(TestStores.open(Engines.database(newFolder()), clock, RETENTION)),
                SEED + 1,
                STEPS / 50);
    }

    @Test
    void aRemoteStoreHasTheAnswersOfTheReference() throws Exception {
        CatalogModel.run(this::remote, SEED + 2, STEPS / 100);
    }

    @Test
    void headersOfTheImagesApiHaveTheAnswersOfTransactions() throws Exception {
        CatalogModel.run(this::remote, CatalogModelTest::byHeaders, SEED + 3, STEPS / 100);
    }

    private static ConditionalWrites byHeaders(ImageStores stores) {
        RemoteImageStores remote = (RemoteImageStores) ((ClosingStores) stores).stores();
        return new HeaderWrites(remote.channel());
    }

    private Path newFolder() throws IOException {
        return Files.createTempDirectory(folder, "s");
    }

    private ImageStores remote(TestClock clock) throws IOException {
        Path own = newFolder();
        String address = "unix://" + own.resolve("s");
        ImageServer server = ImageServer.start(
                TestDaemon.config(
                        own.resolve("data"), "--listen", address, "--keep-changes", "" + CatalogModel.KEPT_CHANGES),
                clock);
        RemoteImageStores stores = RemoteImageStores.connect(address);
        return ClosingStores.with(stores, server::close);
    }
}
