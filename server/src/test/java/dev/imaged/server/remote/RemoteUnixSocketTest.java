package dev.imaged.server.remote;

import dev.imaged.images.AsyncImageStore;
import dev.imaged.images.ImageStoreContract;
import dev.imaged.images.ImageStores;
import dev.imaged.remote.RemoteImageStores;
import dev.imaged.server.ImageServer;
import dev.imaged.server.ListenAddress;
import dev.imaged.server.ServerConfig;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;

/** The client and the daemon with a unix socket between them. */
class RemoteUnixSocketTest extends ImageStoreContract {
    @TempDir
    Path folder;

    @Override
    protected ImageStores open(Clock clock) {
        ListenAddress socket = ListenAddress.parse("unix://" + folder.resolve("s"));
        ImageServer server = ImageServer.start(
                new ServerConfig(
                        List.of(socket),
                        folder.resolve("data"),
                        16 << 20,
                        1000,
                        64 << 20,
                        2,
                        100,
                        1000,
                        1000,
                        Duration.ofDays(1),
                        null,
                        null,
                        false),
                clock);
        RemoteImageStores remote = RemoteImageStores.connect(socket.toString());
        return new ImageStores() {
            @Override
            public AsyncImageStore async(String namespace) {
                return remote.async(namespace);
            }

            @Override
            public void close() {
                remote.close();
                server.close();
            }
        };
    }
}
