package dev.imaged.server.remote;

import dev.imaged.images.PublisherTck;
import dev.imaged.remote.RemoteImageStores;
import dev.imaged.server.ImageServer;
import dev.imaged.server.TestDaemon;
import java.nio.file.Path;
import java.time.Clock;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

class RemotePublisherTest {
    private static ImageServer server;
    private static RemoteImageStores stores;
    private static PublisherTck tck;

    @BeforeAll
    static void start(@TempDir Path folder) {
        String address = "unix://" + folder.resolve("s");
        server = ImageServer.start(TestDaemon.config(folder.resolve("data"), "--listen", address), Clock.systemUTC());
        stores = RemoteImageStores.connect(address);
        tck = new PublisherTck(stores);
    }

    @AfterAll
    static void stop() throws InterruptedException {
        tck.stop();
        stores.close();
        server.close();
    }

    @TestFactory
    Stream<DynamicTest> aWatchOfADaemonIsAPublisherAsReactiveStreamsSay() {
        return tck.tests();
    }
}
