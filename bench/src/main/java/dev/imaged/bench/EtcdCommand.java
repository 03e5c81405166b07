package dev.imaged.bench;

import dev.imaged.bench.Contender.Sample;
import dev.imaged.images.Image;
import dev.imaged.images.ImageStore;
import dev.imaged.images.UpdateMask;
import dev.imaged.oci.Descriptor;
import dev.imaged.proto.v1.CatalogGrpc;
import dev.imaged.proto.v1.ListPageRequest;
import dev.imaged.proto.v1.WatchRequest;
import dev.imaged.remote.RemoteImageStores;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.ToDoubleFunction;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Measures daemons over an etcd cluster next to etcd alone and next to one daemon with a store of its own. */
@Command(
        name = "etcd",
        description =
                "Measures daemons over etcd, next to etcd alone and to a daemon with its own store. It starts all of them.",
        mixinStandardHelpOptions = true,
        sortOptions = false)
final class EtcdCommand implements Callable<Integer> {
    private static final int IN_FLIGHT = 64;
    private static final int PAGE_SIZE = 1000;
    private static final int ANSWERS = 200;

    /** For how long a new daemon is asked for images, so that it has them in memory. */
    private static final long READING_NANOS = 10_000_000_000L;

    @Mixin
    private DaemonOptions options;

    @Mixin
    private RoundOptions roundOptions;

    @Option(
            names = "--images",
            defaultValue = "30000",
            description = "How many images each store holds; their creates have the compilers see creates.")
    private int images;

    @Option(
            names = "--members",
            split = ",",
            defaultValue = "3,1",
            description = "How many members of etcd; each number is measured with a cluster of its own.")
    private List<Integer> members;

    @Option(names = "--idle-writes", defaultValue = "1000", description = "How many writes are made one at a time.")
    private int idleWrites;

    @Option(names = "--kills", defaultValue = "5", description = "How often the leader of etcd is killed.")
    private int kills;

    @Option(
            names = "--view-images",
            defaultValue = "1000000",
            description = "How many images a daemon reads from an etcd of one member; 0 to leave that out.")
    private int viewImages;

    @Option(names = "--json", description = "Write the figures to this file, too.")
    private @Nullable Path json;

    /** What serves the images of one cluster, and the store to compare with. */
    private record Stage(
            String title, EtcdMembers etcd, Contender one, Contender two, Contender local, Contender alone) {}

    @Override
    public Integer call() throws IOException, InterruptedException {
        Report report = new Report();
        for (int count : members) {
            try (TempFolder folder = TempFolder.create()) {
                measure(report, folder.path(), count);
            }
        }
        if (viewImages > 0) {
            try (TempFolder folder = TempFolder.create()) {
                measureView(report, folder.path());
            }
        }
        if (json != null) {
            report.write(json);
        }
        return 0;
    }

    private void measure(Report report, Path folder, int count) throws IOException, InterruptedException {
        String title = count == 1 ? "1 member" : count + " members";
        try (EtcdMembers etcd = EtcdMembers.start(folder.resolve("etcd"), count);
                Contender alone = contender("own store", folder, List.of());
                Contender one = contender("over etcd", folder, over(etcd));
                Contender two = contender("the other one", folder, over(etcd));
                Contender local = contender("over etcd, local reads", folder, over(etcd, "--reads", "local"))) {
            Stage stage = new Stage(title, etcd, one, two, local, alone);
            alone.fill(images);
            one.fill(images);
            two.sharesFilled(images);
            local.sharesFilled(images);
            measureReads(report, stage); // while all have the same images
            measureCreates(report, stage);
            measureDelays(report, stage);
            if (count > 2) {
                measureKills(report, stage);
            }
        }
    }

    private Contender contender(String name, Path folder, List<String> flags) throws IOException, InterruptedException {
        Path own = Files.createDirectory(folder.resolve(name.replace(' ', '-').replace(",", "")));
        return new Contender(name, options.start(own, List.of(), flags));
    }

    private static List<String> over(EtcdMembers etcd, String... more) {
        List<String> flags = new ArrayList<>(List.of("--etcd", String.join(",", etcd.endpoints())));
        flags.addAll(List.of(more));
        return flags;
    }

    /** Creates through a daemon, and sends the same transactions to etcd without one, in turns. */
    private void measureCreates(Report report, Stage stage) throws IOException, InterruptedException {
        List<Double> daemon = new ArrayList<>();
        List<Double> daemon50 = new ArrayList<>();
        List<Double> daemon99 = new ArrayList<>();
        List<Double> cpu = new ArrayList<>();
        List<Double> plain = new ArrayList<>();
        List<Double> plain50 = new ArrayList<>();
        List<Double> ratio = new ArrayList<>();
        List<Double> alone = new ArrayList<>();
        try (EtcdPuts puts = new EtcdPuts(stage.etcd().endpoints().get(0))) {
            for (int round = -1; round < roundOptions.rounds; round++) { // the first one warms up
                LoadGenerator.Run direct = puts.run(IN_FLIGHT, roundOptions.nanos());
                Sample created = stage.one().create(IN_FLIGHT, roundOptions.nanos());
                Sample own = stage.alone().create(IN_FLIGHT, roundOptions.nanos());
                if (round >= 0) {
                    double rate = direct.calls() * 1e9 / direct.nanos();
                    plain.add(rate);
                    plain50.add(direct.latencies().getValueAtPercentile(50) / 1e6);
                    daemon.add(created.callsPerSecond());
                    daemon50.add(created.latencyMillis(50));
                    daemon99.add(created.latencyMillis(99));
                    cpu.add(created.cpuMicrosPerCall());
                    ratio.add(created.callsPerSecond() / rate);
                    alone.add(own.callsPerSecond());
                }
            }
        }
        String creates = stage.title() + ": Create, " + IN_FLIGHT + " in flight, ";
        report.add(creates + "over etcd: rate", "calls/s", daemon);
        report.add(creates + "over etcd: p50", "ms", daemon50);
        report.add(creates + "over etcd: p99", "ms", daemon99);
        report.add(creates + "over etcd: CPU of the daemon", "us/call", cpu);
        report.add(creates + "etcd alone: rate", "calls/s", plain);
        report.add(creates + "etcd alone: p50", "ms", plain50);
        report.add(creates + "over etcd, by etcd alone", "", ratio);
        report.add(creates + "own store: rate", "calls/s", alone);
    }

    private void measureReads(Report report, Stage stage) throws IOException, InterruptedException {
        Rounds rounds = new Rounds(
                List.of(stage.one(), stage.local(), stage.alone()),
                roundOptions.rounds,
                roundOptions.nanos(),
                name -> true,
                result -> add(report, stage, result));
        rounds.measure(Operation.get(Distribution.UNIFORM, images, IN_FLIGHT));
        rounds.measure(Operation.get(Distribution.UNIFORM, images, 1));
        for (Operation list : ListOperations.filtered(images)) {
            rounds.measure(list);
        }
        rounds.measure(Operation.repeated(
                "ListPage of " + PAGE_SIZE,
                1,
                CatalogGrpc.getListPageMethod(),
                ListPageRequest.newBuilder()
                        .setNamespace(Contender.NAMESPACE)
                        .setPageSize(PAGE_SIZE)
                        .build()));
    }

    private static void add(Report report, Stage stage, Rounds.Result result) {
        String operation = stage.title() + ": " + result.operation() + ", "
                + result.inFlight().orElseThrow() + " in flight, ";
        result.samples().forEach((name, samples) -> {
            report.add(operation + name + ": rate", "calls/s", values(samples, Sample::callsPerSecond));
            report.add(operation + name + ": p50", "ms", values(samples, sample -> sample.latencyMillis(50)));
            report.add(operation + name + ": p99", "ms", values(samples, sample -> sample.latencyMillis(99)));
        });
    }

    private static List<Double> values(List<Sample> samples, ToDoubleFunction<Sample> value) {
        return samples.stream().map(value::applyAsDouble).toList();
    }

    /** Makes one write after the other at one daemon, each once a watch of the other daemon was told of the one before. */
    private void measureDelays(Report report, Stage stage) throws IOException, InterruptedException {
        LinkedBlockingQueue<Long> told = new LinkedBlockingQueue<>();
        Histogram delays = new Histogram(3);
        WatchRequest all =
                WatchRequest.newBuilder().addNamespaces(Contender.NAMESPACE).build();
        try (RemoteImageStores stores = RemoteImageStores.connect(address(stage.one()));
                Watchers watchers = new Watchers(
                        stage.two().server().socket(), List.of(all), revision -> told.add(System.nanoTime()))) {
            ImageStore store = stores.namespace(Contender.NAMESPACE);
            for (int i = 0; i < idleWrites; i++) {
                Descriptor target = new Descriptor("m", SyntheticImages.digest(-i - 1), 1);
                store.update(new Image(SyntheticImages.name(i % images), target), UpdateMask.of("target"));
                long answered = System.nanoTime();
                delays.recordValue(Math.max(0, told.take() - answered));
            }
            String write = stage.title() + ": one write at a time, ";
            report.add(write + "from its answer to the event at the other daemon, p50", "ms", at(delays, 50));
            report.add(write + "from its answer to the event at the other daemon, p99", "ms", at(delays, 99));
            report.add(
                    write + "from the decision to the event at the other daemon, p50", "ms", at(watchers.delays(), 50));
            report.add(
                    write + "from the decision to the event at the other daemon, p99", "ms", at(watchers.delays(), 99));
        }
    }

    private static String address(Contender contender) {
        return "unix://" + contender.server().socket();
    }

    private static List<Double> at(Histogram delays, double percentile) {
        return List.of(delays.getValueAtPercentile(percentile) / 1e6);
    }

    /** Kills the leader again and again while writers write, and starts it again. */
    private void measureKills(Report report, Stage stage) throws IOException, InterruptedException {
        List<Double> gaps = new ArrayList<>();
        try (WriteGap writes = new WriteGap(List.of(address(stage.one()), address(stage.two())))) {
            for (int i = 0; i < kills; i++) {
                writes.afterAnswers(ANSWERS);
                int leader = stage.etcd().leader();
                stage.etcd().kill(leader);
                gaps.add(writes.afterAnswers(ANSWERS));
                stage.etcd().restart(leader);
            }
        }
        report.add(stage.title() + ": no write is answered after the leader was killed", "ms", gaps);
    }

    /** Starts a daemon on an empty folder, over an etcd that has images, and once more on its folder. */
    private void measureView(Report report, Path folder) throws IOException, InterruptedException {
        String view = "view of " + viewImages + " images, ";
        try (EtcdMembers etcd = EtcdMembers.start(folder.resolve("etcd"), 1)) {
            EtcdImages.put(etcd.endpoints().get(0), viewImages);
            Path own = Files.createDirectory(folder.resolve("daemon"));
            for (String start : List.of("from nothing", "from its folder")) {
                try (Contender daemon = new Contender("view", options.start(own, List.of(), over(etcd)))) {
                    daemon.sharesFilled(viewImages);
                    daemon.run(Operation.get(Distribution.UNIFORM, viewImages, IN_FLIGHT), READING_NANOS);
                    addView(report, view + "started " + start + ": ", daemon.server());
                }
            }
        }
    }

    private static void addView(Report report, String view, ServerProcess daemon) throws IOException {
        report.add(view + "until the first answer", "s", List.of(daemon.secondsToFirstAnswer()));
        report.add(view + "disk", "MiB", List.of(daemon.diskMebibytes()));
        ResidentMemory memory = daemon.residentMemory();
        for (ResidentMemory.Part part : ResidentMemory.Part.ALL) {
            report.add(view + part.title(), "MiB", List.of(part.of(memory)));
        }
    }
}
