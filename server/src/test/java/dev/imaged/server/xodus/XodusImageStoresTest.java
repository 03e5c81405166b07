package dev.imaged.server.xodus;

import dev.imaged.images.ImageStoreContract;
import dev.imaged.images.ImageStores;
import dev.imaged.server.engine.DecodedImageStores;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import org.junit.jupiter.api.io.TempDir;

class XodusImageStoresTest extends ImageStoreContract {
    @TempDir
    Path folder;

    @Override
    protected ImageStores open(Clock clock) {
        return new DecodedImageStores(XodusImageEngine.open(
                folder, 16 << 20, clock, new Retention(100, Duration.ofDays(1)), new WriteLimits(10_000, 64 << 20)));
    }
}
