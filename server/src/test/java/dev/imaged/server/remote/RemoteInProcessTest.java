package dev.imaged.server.remote;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.imaged.errors.ImageException.InvalidArgument;
import dev.imaged.images.AsyncImageStore;
import dev.imaged.images.Changes;
import dev.imaged.images.History;
import dev.imaged.images.Image;
import dev.imaged.images.ImageStoreContract;
import dev.imaged.images.ImageStores;
import dev.imaged.images.Pages;
import dev.imaged.images.Transactions;
import dev.imaged.images.WriteOptions;
import dev.imaged.internal.text.GoQuote;
import dev.imaged.oci.Descriptor;
import dev.imaged.remote.RemoteImageStores;
import dev.imaged.server.engine.ImageEngine;
import dev.imaged.server.grpc.CatalogService;
import dev.imaged.server.grpc.ImagesService;
import dev.imaged.server.grpc.WatchStreams;
import dev.imaged.server.xodus.Engines;
import io.grpc.Server;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.inprocess.InProcessServerBuilder;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The client and the service without a socket between them. */
class RemoteInProcessTest extends ImageStoreContract {
    @TempDir
    Path folder;

    @Override
    protected ImageStores open(Clock clock) throws IOException {
        ImageEngine engine = Engines.open(folder, clock);
        WatchStreams watches = new WatchStreams();
        Duration maxTime = Duration.ofSeconds(30);
        String name = UUID.randomUUID().toString();
        Server server = InProcessServerBuilder.forName(name)
                .directExecutor()
                .addService(new ImagesService(engine, Runnable::run, maxTime).definition())
                .addService(new CatalogService(
                                engine.catalog(), engine.transactions(), Runnable::run, maxTime, "test", watches)
                        .definition())
                .build()
                .start();
        RemoteImageStores remote = RemoteImageStores.over(
                InProcessChannelBuilder.forName(name).directExecutor().build());
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
                watches.close();
                server.shutdownNow();
                engine.close();
            }
        };
    }

    @Test
    void aLeaseThatAHeaderCannotCarryIsRefused() {
        Image image = new Image("a", new Descriptor("m", "sha256:" + "a".repeat(64), 1));
        for (String lease : List.of("é", "\ud800", "a\nb")) {
            InvalidArgument error =
                    assertThrows(InvalidArgument.class, () -> store().create(image, new WriteOptions(null, lease)));
            assertEquals(
                    "lease " + GoQuote.quote(lease) + " must consist of printable ASCII characters: invalid argument",
                    error.getMessage());
        }
    }
}
