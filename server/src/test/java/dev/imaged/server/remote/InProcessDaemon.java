package dev.imaged.server.remote;

import dev.imaged.images.AsyncImageStore;
import dev.imaged.images.Changes;
import dev.imaged.images.History;
import dev.imaged.images.ImageStores;
import dev.imaged.images.Pages;
import dev.imaged.images.Transactions;
import dev.imaged.remote.RemoteImageStores;
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
import java.util.Optional;
import java.util.UUID;

/** The stores of a client, and the services that it calls without a socket between them. */
public final class InProcessDaemon implements ImageStores {
    private static final Duration MAX_TIME = Duration.ofSeconds(30);

    private final ImageEngine engine;
    private final WatchStreams watches = new WatchStreams();
    private final Server server;
    private final RemoteImageStores remote;

    /** @param engine what the services ask; it is closed with the daemon */
    public InProcessDaemon(ImageEngine engine) throws IOException {
        this.engine = engine;
        String name = UUID.randomUUID().toString();
        this.server = InProcessServerBuilder.forName(name)
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
        this.remote = RemoteImageStores.over(
                InProcessChannelBuilder.forName(name).directExecutor().build());
    }

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
}
