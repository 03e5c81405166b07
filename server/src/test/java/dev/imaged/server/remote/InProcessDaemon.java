package dev.imaged.server.remote;

import dev.imaged.images.ImageStores;
import dev.imaged.remote.RemoteImageStores;
import dev.imaged.server.ClosingStores;
import dev.imaged.server.engine.ImageEngine;
import dev.imaged.server.grpc.CatalogService;
import dev.imaged.server.grpc.CurrentReads;
import dev.imaged.server.grpc.ImagesService;
import dev.imaged.server.grpc.WatchStreams;
import io.grpc.Server;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.inprocess.InProcessServerBuilder;
import java.io.IOException;
import java.time.Duration;
import java.util.UUID;

/** The services of a daemon, and a client that calls them without a socket between them. */
public final class InProcessDaemon {
    private static final Duration MAX_TIME = Duration.ofSeconds(30);

    private InProcessDaemon() {}

    /**
     * Serves an engine, and returns the stores of the client. Closing them closes the engine.
     *
     * @param engine what the services ask
     */
    public static ImageStores serve(ImageEngine engine) throws IOException {
        WatchStreams watches = new WatchStreams();
        String name = UUID.randomUUID().toString();
        Server server = InProcessServerBuilder.forName(name)
                .directExecutor()
                .addService(CurrentReads.of(engine, new ImagesService(engine, Runnable::run, MAX_TIME).definition()))
                .addService(CurrentReads.of(
                        engine,
                        new CatalogService(
                                        engine.catalog(),
                                        engine.transactions(),
                                        Runnable::run,
                                        MAX_TIME,
                                        "test",
                                        engine.name(),
                                        watches)
                                .definition()))
                .build()
                .start();
        RemoteImageStores remote = RemoteImageStores.over(
                InProcessChannelBuilder.forName(name).directExecutor().build());
        return ClosingStores.with(remote, () -> {
            watches.close();
            server.shutdownNow();
            engine.close();
        });
    }
}
