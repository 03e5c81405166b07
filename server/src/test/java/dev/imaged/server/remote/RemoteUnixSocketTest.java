package dev.imaged.server.remote;

import dev.imaged.images.AsyncImageStore;
import dev.imaged.images.Changes;
import dev.imaged.images.History;
import dev.imaged.images.ImageStoreContract;
import dev.imaged.images.ImageStores;
import dev.imaged.images.Pages;
import dev.imaged.images.Transactions;
import dev.imaged.remote.RemoteImageStores;
import dev.imaged.server.ImageServer;
import dev.imaged.server.TestDaemon;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Optional;
import org.junit.jupiter.api.io.TempDir;

/** The client and the daemon with a unix socket between them. */
class RemoteUnixSocketTest extends ImageStoreContract {
    @TempDir
    Path folder;

    @Override
    protected ImageStores open(Clock clock) {
        String address = "unix://" + folder.resolve("s");
        ImageServer server = ImageServer.start(
                TestDaemon.config(folder.resolve("data"), "--listen", address, "--keep-changes", "100"), clock);
        RemoteImageStores remote = RemoteImageStores.connect(address);
        return new ImageStores() {
            @Override
            public AsyncImageStore async(String namespace) {
                return remote.async(namespace);
            }

            @Override
            public Optional<Pages> pages(String namespace) {
                return remote.pages(namespace);
            }

            @Override
            public Optional<History> history(String namespace) {
                return remote.history(namespace);
            }

            @Override
            public Optional<Changes> changes() {
                return remote.changes();
            }

            @Override
            public Optional<Transactions> transactions(String namespace) {
                return remote.transactions(namespace);
            }

            @Override
            public void close() {
                remote.close();
                server.close();
            }
        };
    }
}
