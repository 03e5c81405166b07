package dev.imaged.bench;

import dev.imaged.bench.Contender.Sample;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Updates images many times over: what is on disk then, and what of it goes away when nobody calls. */
@Command(
        name = "disk",
        description = "Measures what imaged and containerd have on disk after many updates, and once they are idle.",
        mixinStandardHelpOptions = true,
        sortOptions = false)
final class DiskCommand implements Callable<Integer> {
    private static final int IN_FLIGHT = 64;
    private static final double BYTES_PER_MEBIBYTE = 1024 * 1024;
    private static final long MAX_NANOS = TimeUnit.HOURS.toNanos(1);

    /** Longer than a daemon waits between two looks at what it can drop. */
    private static final long STEADY_NANOS = TimeUnit.SECONDS.toNanos(40);

    private static final long MAX_IDLE_NANOS = TimeUnit.MINUTES.toNanos(3);

    @Mixin
    private DaemonOptions options;

    @Mixin
    private ContainerdOptions containerds;

    @Option(names = "--images", defaultValue = "10000", description = "How many images each holds.")
    private int images;

    @Option(names = "--updates", defaultValue = "1000000", description = "How often imaged moves a random name.")
    private long updates;

    @Option(
            names = "--containerd-updates",
            defaultValue = "100000",
            description = "How often containerd does; 0 leaves it out. It makes some 1,500 a second.")
    private long containerdUpdates;

    @Option(names = "--json", description = "Write the figures to this file, too.")
    private @Nullable Path json;

    @Override
    public Integer call() throws IOException, InterruptedException {
        List<Containerd> theirs = containerdUpdates > 0 ? containerds.all() : List.of();
        Report report = new Report();
        add(report, "the images, encoded", "MiB", encodedBytes() / BYTES_PER_MEBIBYTE);
        try (TempFolder folder = TempFolder.create()) {
            measure(report, Installation.in(folder.path(), "imaged", options::start), updates);
            for (Containerd containerd : theirs) {
                Installation installation = Installation.in(folder.path(), containerd.name(), containerd::start);
                measure(report, installation, containerdUpdates);
            }
        }
        if (json != null) {
            report.write(json);
        }
        return 0;
    }

    /** The live data: an update changes digests, and so not how long it is. */
    private double encodedBytes() {
        return LongStream.range(0, images)
                .map(i -> SyntheticImages.answer(i).getSerializedSize())
                .sum();
    }

    private void measure(Report report, Installation installation, long count)
            throws IOException, InterruptedException {
        try (Contender contender = installation.start()) {
            measure(report, contender, count);
        }
    }

    private void measure(Report report, Contender contender, long count) throws IOException, InterruptedException {
        ServerProcess server = contender.server();
        String name = contender.name();
        contender.fill(images);
        add(report, name + ": disk, filled", "MiB", server.diskMebibytes());
        Sample sample = contender.run(Operation.update(images, IN_FLIGHT).first(count), MAX_NANOS);
        String after =
                String.format(Locale.ROOT, ", after %,d updates", sample.run().calls());
        add(report, name + ": disk" + after, "MiB", server.diskMebibytes());
        add(report, name + ": updates", "calls/s", sample.callsPerSecond());
        add(report, name + ": server CPU", "us/call", sample.cpuMicrosPerCall());
        long begin = System.nanoTime();
        long steady = awaitSteadyDisk(server) - begin;
        add(report, name + ": disk" + after + ", idle", "MiB", server.diskMebibytes());
        add(report, name + ": until the disk stayed as it was", "s", steady / 1e9);
    }

    /** Waits until nothing changed for a while, but not forever, and returns when the last change was seen. */
    private static long awaitSteadyDisk(ServerProcess server) throws IOException, InterruptedException {
        long begin = System.nanoTime();
        long changed = begin;
        double size = server.diskMebibytes();
        for (long now = begin; now - changed < STEADY_NANOS && now - begin < MAX_IDLE_NANOS; now = System.nanoTime()) {
            Thread.sleep(TimeUnit.SECONDS.toMillis(1));
            double next = server.diskMebibytes();
            if (next != size) {
                changed = System.nanoTime();
                size = next;
            }
        }
        return changed;
    }

    private static void add(Report report, String name, String unit, double value) {
        report.add(name, unit, List.of(value));
    }
}
