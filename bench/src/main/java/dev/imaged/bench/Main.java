package dev.imaged.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Starts the daemon, fills it, and prints what its calls cost. */
@Command(
        name = "imaged-bench",
        description = "Measures the daemon over a unix socket.",
        mixinStandardHelpOptions = true,
        subcommands = ContentCommand.class,
        sortOptions = false)
public final class Main implements Callable<Integer> {
    private static final int STARTS = 5;
    private static final Logger TRANSPORT_LOGGER = Logger.getLogger("io.grpc.netty");

    @Option(names = "--jar", defaultValue = "server/target/imaged.jar", description = "The daemon's jar.")
    private Path jar;

    @Option(names = "--images", defaultValue = "10000", description = "How many images it holds.")
    private int images;

    @Option(names = "--rounds", defaultValue = "5", description = "How often each operation is measured.")
    private int rounds;

    @Option(names = "--seconds", defaultValue = "3", description = "How long a round of an operation takes.")
    private int seconds;

    @Option(
            names = "--jvm-args",
            defaultValue = "-XX:+UseSerialGC -Xms32m -XX:MaxNewSize=32m -Xmx192m",
            description = "Flags of the daemon's JVM.")
    private String jvmArguments;

    @Option(names = "--json", description = "Write the figures to this file, too.")
    private @Nullable Path json;

    private long created;

    /** Runs the command and exits with its code. */
    public static void main(String[] args) {
        // Of each unix socket it says that an option of TCP does not apply to it.
        TRANSPORT_LOGGER.setLevel(Level.SEVERE);
        System.exit(new CommandLine(new Main()).execute(args));
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        Report report = new Report();
        try (TempFolder temp = TempFolder.create()) {
            Path folder = temp.path();
            try (Daemon daemon = start(folder);
                    LoadGenerator load = new LoadGenerator(daemon.socket())) {
                report.add("resident memory, empty", "MiB", List.of(daemon.residentMebibytes()));
                fill(load);
                report.add("resident memory, filled", "MiB", List.of(daemon.residentMebibytes()));
                report.add("disk, filled", "MiB", List.of(daemon.diskMebibytes()));
                measureAll(report, daemon, load);
                report.add("resident memory, after all this", "MiB", List.of(daemon.residentMebibytes()));
                report.add("disk, after all this", "MiB", List.of(daemon.diskMebibytes()));
            }
            measureStarts(report, "start to first answer, after all this", folder);
            Path filled = Files.createDirectory(folder.resolve("filled"));
            try (Daemon daemon = start(filled);
                    LoadGenerator load = new LoadGenerator(daemon.socket())) {
                fill(load);
            }
            measureStarts(report, "start to first answer, " + images + " images", filled);
            measureStarts(report, "start to first answer, no images", Files.createDirectory(folder.resolve("empty")));
        }
        if (json != null) {
            report.write(json);
        }
        return 0;
    }

    private Daemon start(Path folder) throws IOException, InterruptedException {
        return Daemon.start(jar, List.of(jvmArguments.split(" +", -1)), folder);
    }

    private void fill(LoadGenerator load) throws InterruptedException {
        Operation create = Operation.create(0, 64);
        load.run(
                create.method(),
                create.inFlight(),
                TimeUnit.HOURS.toNanos(1),
                number -> number < images ? create.requests().apply(number) : null);
        created = images;
    }

    private void measureAll(Report report, Daemon daemon, LoadGenerator load) throws IOException, InterruptedException {
        for (int inFlight : new int[] {1, 64}) {
            measure(report, daemon, load, Operation.get(images, inFlight));
            measureWrites(report, daemon, load, inFlight);
        }
        measure(report, daemon, load, Operation.listAll());
        measure(report, daemon, load, Operation.listByName(images));
        measure(report, daemon, load, Operation.listByDigest(images));
        measure(report, daemon, load, Operation.listByLabel(images));
        measure(report, daemon, load, Operation.listByRegexp());
    }

    private void measure(Report report, Daemon daemon, LoadGenerator load, Operation operation)
            throws IOException, InterruptedException {
        Samples samples = new Samples();
        once(daemon, load, operation);
        for (int round = 0; round < rounds; round++) {
            samples.add(once(daemon, load, operation));
        }
        samples.report(report, operation);
    }

    /** Creates names, updates others and deletes those that were created, so that the number of images stays. */
    private void measureWrites(Report report, Daemon daemon, LoadGenerator load, int inFlight)
            throws IOException, InterruptedException {
        Samples creates = new Samples();
        Samples updates = new Samples();
        Samples deletes = new Samples();
        for (int round = -1; round < rounds; round++) {
            Sample create = once(daemon, load, Operation.create(created, inFlight));
            Sample update = once(daemon, load, Operation.update(images, inFlight));
            Sample delete =
                    once(daemon, load, Operation.delete(created, create.run().calls(), inFlight));
            removeRest(
                    load, created + delete.run().calls(), created + create.run().calls());
            created += create.run().calls();
            if (round >= 0) {
                creates.add(create);
                updates.add(update);
                deletes.add(delete);
            }
        }
        creates.report(report, Operation.create(0, inFlight));
        updates.report(report, Operation.update(images, inFlight));
        deletes.report(report, Operation.delete(0, 0, inFlight));
    }

    /** Deletes what the time was not enough for. */
    private static void removeRest(LoadGenerator load, long from, long to) throws InterruptedException {
        Operation rest = Operation.delete(from, to - from, 64);
        load.run(rest.method(), rest.inFlight(), TimeUnit.HOURS.toNanos(1), rest.requests());
    }

    private Sample once(Daemon daemon, LoadGenerator load, Operation operation)
            throws IOException, InterruptedException {
        long cpu = daemon.cpuNanos();
        LoadGenerator.Run run = load.run(
                operation.method(), operation.inFlight(), TimeUnit.SECONDS.toNanos(seconds), operation.requests());
        return new Sample(run, daemon.cpuNanos() - cpu);
    }

    private void measureStarts(Report report, String name, Path folder) throws IOException, InterruptedException {
        List<Double> times = new ArrayList<>();
        for (int i = 0; i < STARTS; i++) {
            try (Daemon daemon = start(folder)) {
                times.add(daemon.secondsToFirstAnswer());
            }
        }
        report.add(name, "s", times);
    }

    private record Sample(LoadGenerator.Run run, long cpuNanos) {}

    private static final class Samples {
        private final List<Sample> samples = new ArrayList<>();

        void add(Sample sample) {
            samples.add(sample);
        }

        void report(Report report, Operation operation) {
            String name = operation.name() + ", " + operation.inFlight() + " in flight: ";
            report.add(name + "rate", "calls/s", values(s -> s.run.calls() * 1e9 / s.run.nanos()));
            report.add(name + "p50", "ms", values(s -> s.run.latencies().getValueAtPercentile(50) / 1e6));
            report.add(name + "p99", "ms", values(s -> s.run.latencies().getValueAtPercentile(99) / 1e6));
            report.add(name + "server CPU", "us/call", values(s -> s.cpuNanos / 1e3 / Math.max(1, s.run.calls())));
        }

        private List<Double> values(java.util.function.ToDoubleFunction<Sample> value) {
            return samples.stream().map(value::applyAsDouble).toList();
        }
    }
}
