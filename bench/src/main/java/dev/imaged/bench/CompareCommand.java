package dev.imaged.bench;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Measures the daemon, containerd and the limits of the transport and the disk next to each other. */
@Command(
        name = "compare",
        description = "Measures imaged and containerd side by side, and what the transport and the disk allow.",
        mixinStandardHelpOptions = true,
        sortOptions = false)
final class CompareCommand implements Callable<Integer> {
    private static final int RECORD_BYTES = 500;
    private static final int SYNCS = 500;
    private static final int MANY_IN_FLIGHT = 64;

    /** Below what containerd reached with each answer starting the next call, on two processors with nobody else. */
    private static final int GETS_PER_SECOND = 5_000;

    private static final int UPDATES_PER_SECOND = 1_000;

    private static final int STARTS = 3;

    /** How long each server answers before anything is measured: the compiler of the JVM needs some seconds. */
    private static final long WARM_UP_NANOS = TimeUnit.SECONDS.toNanos(5);

    @Mixin
    private DaemonOptions options;

    @Mixin
    private RoundOptions roundOptions;

    @Option(
            names = "--images",
            split = ",",
            defaultValue = "1000,10000",
            description = "How many images both hold, one run after the other.")
    private List<Integer> images;

    @Option(
            names = "--containerd-up-to",
            defaultValue = "100000",
            description =
                    "With more images than this, containerd is left out: filling it takes half a millisecond each.")
    private int containerdUpTo;

    @Option(names = "--only", defaultValue = "", description = "Only operations whose name has this in it.")
    private String only;

    @Option(names = "--json", description = "Write the figures to this file, and charts of them next to it.")
    private @Nullable Path json;

    @Override
    public Integer call() throws IOException, InterruptedException {
        PrintStream out = System.out;
        List<ComparisonReport> reports = new ArrayList<>();
        for (int size : images) {
            ComparisonReport report = new ComparisonReport(size, out);
            try (TempFolder folder = TempFolder.create()) {
                compare(report, folder.path(), size);
            }
            reports.add(report);
        }
        if (json != null) {
            ComparisonReport.write(json, reports);
            Charts.write(json, reports);
        }
        return 0;
    }

    private void compare(ComparisonReport report, Path folder, int size) throws IOException, InterruptedException {
        report.limit(Figure.of(
                "append of 500 bytes and fdatasync, one after the other", "calls/s", List.of(syncsPerSecond(folder))));
        Path data = folder(folder, "imaged");
        List<Contender> all = new ArrayList<>();
        try {
            all.add(contender("imaged", options.start(data), size));
            if (size <= containerdUpTo) {
                all.add(contender("containerd", ServerProcess.containerd(folder(folder, "containerd")), size));
            }
            List<Contender> both = List.copyOf(all);
            report.resources("filled", both);
            int listed = Math.min(size, Operation.MAX_LISTED);
            all.add(new Contender("bare", ServerProcess.bare(options.jvmArguments(), folder(folder, "bare"), listed)));
            measure(report, all, both, size);
            report.resources("after all this", both);
        } finally {
            all.forEach(Contender::close);
        }
        List<Double> starts = new ArrayList<>();
        for (int i = 0; i < STARTS; i++) {
            try (ServerProcess again = options.start(data)) {
                starts.add(again.secondsToFirstAnswer());
            }
        }
        report.limit(Figure.of("start to first answer, imaged", "s", starts));
    }

    /**
     * Measures all operations.
     *
     * @param both those that keep images
     */
    private void measure(ComparisonReport report, List<Contender> all, List<Contender> both, int size)
            throws IOException, InterruptedException {
        for (Contender contender : all) {
            contender.run(Operation.get(size, MANY_IN_FLIGHT), WARM_UP_NANOS);
        }
        for (Contender contender : both) {
            contender.run(Operation.update(size, MANY_IN_FLIGHT), WARM_UP_NANOS);
        }
        boolean withH2Load = H2Load.isInstalled();
        if (!withH2Load) {
            report.note("h2load is not on the path: its rows are left out");
        }
        report.begin();
        Rounds withBare = rounds(report, all);
        Rounds withoutBare = rounds(report, both);
        for (int inFlight : new int[] {1, 16, MANY_IN_FLIGHT}) {
            withBare.measure(Operation.getFixed(inFlight));
            if (withH2Load) {
                withBare.measureH2Load(Operation.getFixed(inFlight));
            }
            withBare.measure(Operation.get(size, inFlight));
            withoutBare.measureWrites(size, inFlight);
        }
        withBare.measureAtRate(Operation.get(size, MANY_IN_FLIGHT), GETS_PER_SECOND);
        withoutBare.measureAtRate(Operation.update(size, MANY_IN_FLIGHT), UPDATES_PER_SECOND);
        if (size <= Operation.MAX_LISTED) {
            withBare.measure(Operation.listAll());
        }
        for (Operation list : Operation.filtered(size)) {
            withoutBare.measure(list);
        }
        withoutBare.measureMixed(size, MANY_IN_FLIGHT);
    }

    private Rounds rounds(ComparisonReport report, List<Contender> contenders) {
        return new Rounds(
                List.copyOf(contenders),
                roundOptions.rounds,
                roundOptions.nanos(),
                name -> name.contains(only),
                report::add);
    }

    private static Contender contender(String name, ServerProcess server, int size)
            throws IOException, InterruptedException {
        Contender contender = new Contender(name, server);
        contender.fill(size);
        return contender;
    }

    private static Path folder(Path parent, String name) throws IOException {
        return Files.createDirectory(parent.resolve(name));
    }

    /** What the disk allows a durable write with nobody else waiting. */
    private static double syncsPerSecond(Path folder) throws IOException {
        try (FileChannel file = FileChannel.open(
                folder.resolve("log"),
                StandardOpenOption.CREATE,
                StandardOpenOption.WRITE,
                StandardOpenOption.APPEND)) {
            long begin = System.nanoTime();
            for (int i = 0; i < SYNCS; i++) {
                file.write(ByteBuffer.allocate(RECORD_BYTES));
                file.force(false);
            }
            return SYNCS * 1e9 / (System.nanoTime() - begin);
        }
    }
}
