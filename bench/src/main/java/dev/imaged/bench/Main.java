package dev.imaged.bench;

import dev.imaged.bench.Contender.Sample;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Starts the daemon, fills it, and prints what its calls cost. */
@Command(
        name = "imaged-bench",
        description = "Measures the daemon over a unix socket.",
        mixinStandardHelpOptions = true,
        subcommands = {
            CompareCommand.class,
            DiskCommand.class,
            PagesCommand.class,
            WatchCommand.class,
            EtcdCommand.class,
            PlansCommand.class,
            SoakCommand.class,
            ContentCommand.class,
            BareServerCommand.class
        },
        sortOptions = false)
public final class Main implements Callable<Integer> {
    private static final int STARTS = 5;

    @Mixin
    private DaemonOptions options;

    @Mixin
    private RoundOptions roundOptions;

    @Option(names = "--images", defaultValue = "10000", description = "How many images it holds.")
    private int images;

    @Option(names = "--json", description = "Write the figures to this file, too.")
    private @Nullable Path json;

    /** Runs the command and exits with its code. */
    public static void main(String[] args) {
        System.exit(new CommandLine(new Main()).execute(args));
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        Report report = new Report();
        try (TempFolder folder = TempFolder.create()) {
            measureCalls(report, folder.path());
            measureStarts(report, "start to first answer, after all this", folder.path());
            Path filled = Files.createDirectory(folder.path().resolve("filled"));
            try (Contender daemon = new Contender("imaged", options.start(filled))) {
                daemon.fill(images);
            }
            measureStarts(report, "start to first answer, " + images + " images", filled);
            Path empty = Files.createDirectory(folder.path().resolve("empty"));
            measureStarts(report, "start to first answer, no images", empty);
        }
        if (json != null) {
            report.write(json);
        }
        return 0;
    }

    private void measureCalls(Report report, Path folder) throws IOException, InterruptedException {
        try (Contender daemon = new Contender("imaged", options.start(folder))) {
            ServerProcess server = daemon.server();
            addMemory(report, "empty", server);
            daemon.fill(images);
            addMemory(report, "filled", server);
            report.add("disk, filled", "MiB", List.of(server.diskMebibytes()));
            Rounds rounds = new Rounds(
                    List.of(daemon),
                    roundOptions.rounds,
                    roundOptions.nanos(),
                    name -> true,
                    result -> add(report, result));
            for (int inFlight : new int[] {1, 64}) {
                for (Distribution names : Distribution.values()) {
                    rounds.measure(Operation.get(names, images, inFlight));
                }
                rounds.measureWrites(images, inFlight);
            }
            if (images <= ListOperations.MAX_LISTED) {
                rounds.measure(ListOperations.all());
            }
            for (Operation list : ListOperations.filtered(images)) {
                rounds.measure(list);
            }
            addMemory(report, "after all this", server);
            report.add("disk, after all this", "MiB", List.of(server.diskMebibytes()));
        }
    }

    private static void addMemory(Report report, String when, ServerProcess server) throws IOException {
        ResidentMemory memory = server.residentMemory();
        for (ResidentMemory.Part part : ResidentMemory.Part.ALL) {
            report.add(part.title() + ", " + when, "MiB", List.of(part.of(memory)));
        }
    }

    private static void add(Report report, Rounds.Result result) {
        List<Sample> samples = result.samples().getOrDefault("imaged", List.of());
        String name = result.operation() + ", " + result.inFlight().orElseThrow() + " in flight: ";
        report.add(name + "rate", "calls/s", values(samples, Sample::callsPerSecond));
        report.add(name + "p50", "ms", values(samples, sample -> sample.latencyMillis(50)));
        report.add(name + "p99", "ms", values(samples, sample -> sample.latencyMillis(99)));
        report.add(name + "server CPU", "us/call", values(samples, Sample::cpuMicrosPerCall));
    }

    private static List<Double> values(List<Sample> samples, ToDoubleFunction<Sample> value) {
        return samples.stream().map(value::applyAsDouble).toList();
    }

    private void measureStarts(Report report, String name, Path folder) throws IOException, InterruptedException {
        List<Double> times = new ArrayList<>();
        for (int i = 0; i < STARTS; i++) {
            try (ServerProcess daemon = options.start(folder)) {
                times.add(daemon.secondsToFirstAnswer());
            }
        }
        report.add(name, "s", times);
    }
}
