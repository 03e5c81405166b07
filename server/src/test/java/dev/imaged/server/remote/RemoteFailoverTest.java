package dev.imaged.server.remote;

import dev.imaged.images.AsyncContract;
import dev.imaged.images.ImageStoreContract;
import dev.imaged.images.ImageStores;
import dev.imaged.remote.RemoteImageStores;
import dev.imaged.server.ClosingStores;
import dev.imaged.server.ImageServer;
import dev.imaged.server.TestDaemon;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;

/** The client with the addresses of two daemons, of which only the second is there. */
class RemoteFailoverTest extends ImageStoreContract implements AsyncContract {
    @TempDir
    Path folder;

    @Override
    protected ImageStores open(Clock clock) {
        String address = "unix://" + folder.resolve("s");
        ImageServer server = ImageServer.start(
                TestDaemon.config(folder.resolve("data"), "--listen", address, "--keep-changes", "100"), clock);
        RemoteImageStores remote = RemoteImageStores.connect(List.of("unix://" + folder.resolve("none"), address));
        return ClosingStores.with(remote, server::close);
    }
}
