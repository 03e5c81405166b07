package dev.imaged.bench;

import dev.imaged.bench.Contender.Sample;
import dev.imaged.proto.v1.CatalogGrpc;
import dev.imaged.proto.v1.CatalogGrpc.CatalogBlockingStub;
import dev.imaged.proto.v1.ListPageRequest;
import dev.imaged.proto.v1.ListPageResponse;
import dev.imaged.proto.v1.ListStreamRequest;
import dev.imaged.proto.v1.ListStreamResponse;
import dev.imaged.proto.v1.Position;
import dev.imaged.remote.RemoteImageStores;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Lists a whole namespace, in pages and as a stream: as it is, and as it was before many updates. */
@Command(
        name = "pages",
        description = "Measures lists of a whole namespace, in pages and as a stream, now and of the past.",
        mixinStandardHelpOptions = true,
        sortOptions = false)
final class PagesCommand implements Callable<Integer> {
    private static final int IN_FLIGHT = 64;
    private static final int PAGE_SIZE = 1000;

    @Mixin
    private DaemonOptions options;

    @Option(names = "--images", defaultValue = "100000", description = "How many images it holds.")
    private int images;

    @Option(
            names = "--updates",
            defaultValue = "50000",
            description = "How often a random name is moved before the past is listed.")
    private long updates;

    @Option(names = "--rounds", defaultValue = "5", description = "How often each list is made.")
    private int rounds;

    @Option(names = "--json", description = "Write the figures to this file, too.")
    private @Nullable Path json;

    /** Reads a whole list, and returns how many images it has, and what it is of. */
    private interface Listing {
        Position read(CatalogBlockingStub catalog, Tally tally);
    }

    /** What was read of a list. */
    private static final class Tally {
        private final long start = System.nanoTime();
        private double firstMillis = Double.NaN;
        private long images;

        void add(int count) {
            firstMillis = images == 0 ? (System.nanoTime() - start) / 1e6 : firstMillis;
            images += count;
        }
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        Report report = new Report();
        try (TempFolder folder = TempFolder.create();
                Contender daemon = new Contender("imaged", options.start(folder.path()))) {
            daemon.fill(images);
            memory(report, "filled", daemon.server());
            try (RemoteImageStores stores =
                    RemoteImageStores.connect("unix://" + daemon.server().socket())) {
                CatalogBlockingStub catalog = CatalogGrpc.newBlockingStub(stores.channel());
                Position then = measure(report, "now", daemon.server(), catalog, 0);
                Sample moved =
                        daemon.run(Operation.update(images, IN_FLIGHT).first(updates), TimeUnit.HOURS.toNanos(1));
                String past = String.format(
                        Locale.ROOT, "as before %,d updates", moved.run().calls());
                measure(report, past, daemon.server(), catalog, then.getRevision());
            }
            memory(report, "after all this", daemon.server());
        }
        if (json != null) {
            report.write(json);
        }
        return 0;
    }

    private Position measure(Report report, String when, ServerProcess server, CatalogBlockingStub catalog, long asOf)
            throws IOException {
        measure(report, "pages of 1,000, " + when, server, catalog, (stub, tally) -> pages(stub, asOf, tally));
        return measure(report, "stream, " + when, server, catalog, (stub, tally) -> stream(stub, asOf, tally));
    }

    private Position measure(
            Report report, String name, ServerProcess server, CatalogBlockingStub catalog, Listing listing)
            throws IOException {
        List<Double> seconds = new ArrayList<>();
        List<Double> first = new ArrayList<>();
        List<Double> cpu = new ArrayList<>();
        Position position = Position.getDefaultInstance();
        for (int round = -1; round < rounds; round++) { // the first one warms up
            long cpuBefore = server.cpuNanos();
            Tally tally = new Tally();
            position = listing.read(catalog, tally);
            if (tally.images != images) {
                throw new IllegalStateException("a list has " + tally.images + " images, not " + images);
            }
            if (round >= 0) {
                seconds.add((System.nanoTime() - tally.start) / 1e9);
                first.add(tally.firstMillis);
                cpu.add((server.cpuNanos() - cpuBefore) / 1e3 / images);
            }
        }
        report.add(name + ": the whole list", "s", seconds);
        report.add(name + ": until the first images", "ms", first);
        report.add(name + ": server CPU", "us/image", cpu);
        return position;
    }

    private static Position pages(CatalogBlockingStub catalog, long asOf, Tally tally) {
        ListPageRequest.Builder request =
                ListPageRequest.newBuilder().setNamespace(Contender.NAMESPACE).setPageSize(PAGE_SIZE);
        if (asOf > 0) {
            request.getAsOfBuilder().setRevision(asOf);
        }
        ListPageResponse page;
        do {
            page = catalog.listPage(request.build());
            tally.add(page.getImagesCount());
            request.setPageToken(page.getNextPageToken());
        } while (!page.getNextPageToken().isEmpty());
        return page.getPosition();
    }

    private static Position stream(CatalogBlockingStub catalog, long asOf, Tally tally) {
        ListStreamRequest.Builder request = ListStreamRequest.newBuilder().addNamespaces(Contender.NAMESPACE);
        if (asOf > 0) {
            request.getAsOfBuilder().setRevision(asOf);
        }
        Position position = Position.getDefaultInstance();
        for (Iterator<ListStreamResponse> parts = catalog.listStream(request.build()); parts.hasNext(); ) {
            ListStreamResponse part = parts.next();
            tally.add(part.getImagesCount());
            position = part.getPosition();
        }
        return position;
    }

    private static void memory(Report report, String when, ServerProcess server) throws IOException {
        report.add(
                "resident memory, anonymous, " + when,
                "MiB",
                List.of(server.residentMemory().anonymous()));
    }
}
