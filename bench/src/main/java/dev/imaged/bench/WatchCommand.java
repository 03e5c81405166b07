package dev.imaged.bench;

import dev.imaged.bench.Contender.Sample;
import dev.imaged.images.Image;
import dev.imaged.images.ImageStore;
import dev.imaged.images.UpdateMask;
import dev.imaged.oci.Descriptor;
import dev.imaged.proto.v1.WatchRequest;
import dev.imaged.remote.RemoteImageStores;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Writes at a rate, without watches and with some, in turns; and tells how long a watch takes to hear of a write. */
@Command(
        name = "watch",
        description = "Measures writes next to watches, and how soon a watch is told of a write.",
        mixinStandardHelpOptions = true,
        sortOptions = false)
final class WatchCommand implements Callable<Integer> {
    private static final int IN_FLIGHT = 64;
    private static final int MANY = 100;
    private static final int WARM_UP_SECONDS = 15;
    private static final String NONE = "no watch";

    @Mixin
    private DaemonOptions options;

    @Option(names = "--images", defaultValue = "1000", description = "How many images it holds, each with a watch.")
    private int images;

    @Option(names = "--rate", defaultValue = "2000", description = "How many writes start in a second.")
    private int rate;

    @Option(names = "--rounds", defaultValue = "5", description = "How often each row is measured.")
    private int rounds;

    @Option(names = "--seconds", defaultValue = "3", description = "How long a round takes.")
    private int seconds;

    @Option(names = "--idle-writes", defaultValue = "2000", description = "How many writes are made one at a time.")
    private int idleWrites;

    @Option(names = "--json", description = "Write the figures to this file, too.")
    private @Nullable Path json;

    /** What was measured of a row, a value for each round. */
    private static final class Values {
        final List<Double> p50 = new ArrayList<>();
        final List<Double> p99 = new ArrayList<>();
        final List<Double> cpu = new ArrayList<>();
        final List<Double> messages = new ArrayList<>();
        final List<Double> delay50 = new ArrayList<>();
        final List<Double> delay99 = new ArrayList<>();
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        Report report = new Report();
        try (TempFolder folder = TempFolder.create();
                Contender daemon = new Contender("imaged", options.start(folder.path()))) {
            daemon.fill(images);
            Map<String, List<WatchRequest>> rows = new LinkedHashMap<>();
            rows.put(NONE, List.of());
            rows.put(images + " watches of one name each", ofOneName());
            rows.put("1 watch of all", List.of(ofAll()));
            rows.put(
                    MANY + " watches of all",
                    Stream.generate(WatchCommand::ofAll).limit(MANY).toList());
            warmUp(daemon);
            measureTurns(report, daemon, rows);
            measureIdle(report, daemon);
        }
        if (json != null) {
            report.write(json);
        }
        return 0;
    }

    /** Has writes and watches compiled. */
    private void warmUp(Contender daemon) throws IOException, InterruptedException {
        List<WatchRequest> requests =
                Stream.concat(Stream.of(ofAll()), ofOneName().stream()).toList();
        try (Watchers watchers = new Watchers(daemon.server().socket(), requests, revision -> {})) {
            daemon.run(Operation.update(images, IN_FLIGHT), TimeUnit.SECONDS.toNanos(WARM_UP_SECONDS));
            if (watchers.messages() == 0) {
                throw new IllegalStateException("no watch was told of a write");
            }
        }
    }

    private static WatchRequest ofAll() {
        return WatchRequest.newBuilder().addNamespaces(Contender.NAMESPACE).build();
    }

    private List<WatchRequest> ofOneName() {
        return IntStream.range(0, images)
                .mapToObj(i -> WatchRequest.newBuilder()
                        .addNamespaces(Contender.NAMESPACE)
                        .addFilters("name==" + '"' + SyntheticImages.name(i) + '"')
                        .build())
                .toList();
    }

    private void measureTurns(Report report, Contender daemon, Map<String, List<WatchRequest>> rows)
            throws IOException, InterruptedException {
        Map<String, Values> measured = new LinkedHashMap<>();
        for (int round = -1; round < rounds; round++) { // the first one warms up
            for (Map.Entry<String, List<WatchRequest>> row : rows.entrySet()) {
                Values values =
                        round < 0 ? new Values() : measured.computeIfAbsent(row.getKey(), first -> new Values());
                measure(daemon, row.getValue(), values);
            }
        }
        Values without = Objects.requireNonNull(measured.get(NONE));
        measured.forEach((name, values) -> {
            report.add(name + ": write, p50", "ms", values.p50);
            report.add(name + ": write, p99", "ms", values.p99);
            report.add(name + ": server CPU", "us/write", values.cpu);
            if (!name.equals(NONE)) {
                report.add(name + ": write, p50, by that without", "", ratios(values.p50, without.p50));
                report.add(name + ": write, p99, by that without", "", ratios(values.p99, without.p99));
                report.add(name + ": messages", "/s", values.messages);
                report.add(name + ": from the commit to the event, p50", "ms", values.delay50);
                report.add(name + ": from the commit to the event, p99", "ms", values.delay99);
            }
        });
    }

    private static List<Double> ratios(List<Double> values, List<Double> others) {
        return IntStream.range(0, values.size())
                .mapToObj(i -> values.get(i) / others.get(i))
                .toList();
    }

    private void measure(Contender daemon, List<WatchRequest> requests, Values values)
            throws IOException, InterruptedException {
        try (Watchers watchers = new Watchers(daemon.server().socket(), requests, revision -> {})) {
            Sample sample =
                    daemon.runAtRate(Operation.update(images, IN_FLIGHT), rate, TimeUnit.SECONDS.toNanos(seconds));
            values.p50.add(sample.latencyMillis(50));
            values.p99.add(sample.latencyMillis(99));
            values.cpu.add(sample.cpuMicrosPerCall());
            values.messages.add(watchers.messages() * 1e9 / sample.run().nanos());
            values.delay50.add(watchers.delays().getValueAtPercentile(50) / 1e6);
            values.delay99.add(watchers.delays().getValueAtPercentile(99) / 1e6);
        }
    }

    /** Makes one write after the other, each once the watch was told of the one before. An event that comes before the answer counts as 0. */
    private void measureIdle(Report report, Contender daemon) throws InterruptedException {
        LinkedBlockingQueue<Long> told = new LinkedBlockingQueue<>();
        Histogram delays = new Histogram(3);
        try (RemoteImageStores stores =
                        RemoteImageStores.connect("unix://" + daemon.server().socket());
                Watchers watchers = new Watchers(
                        daemon.server().socket(), List.of(ofAll()), revision -> told.add(System.nanoTime()))) {
            ImageStore store = stores.namespace(Contender.NAMESPACE);
            for (int i = 0; i < idleWrites; i++) {
                Descriptor target = new Descriptor("m", SyntheticImages.digest(-i), 1);
                store.update(new Image(SyntheticImages.name(i % images), target), UpdateMask.of("target"));
                long answered = System.nanoTime();
                delays.recordValue(Math.max(0, told.take() - answered));
            }
            report.add("one write at a time: from its answer to the event, p50", "ms", at(delays, 50));
            report.add("one write at a time: from its answer to the event, p99", "ms", at(delays, 99));
            report.add("one write at a time: from the commit to the event, p50", "ms", at(watchers.delays(), 50));
            report.add("one write at a time: from the commit to the event, p99", "ms", at(watchers.delays(), 99));
        }
    }

    private static List<Double> at(Histogram delays, double percentile) {
        return List.of(delays.getValueAtPercentile(percentile) / 1e6);
    }
}
