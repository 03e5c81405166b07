package dev.imaged.bench;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
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

    @Mixin
    private DaemonOptions options;

    @Mixin
    private RoundOptions roundOptions;

    @Mixin
    private ContainerdOptions containerdOptions;

    @Option(
            names = "--images",
            split = ",",
            defaultValue = "1000,10000",
            description = "How many images each server holds: a table for each number, one after the other.")
    private List<Integer> images;

    @Option(
            names = "--containerd-up-to",
            defaultValue = "100000",
            description =
                    "With more images than this, containerd is left out: filling it takes half a millisecond each.")
    private int containerdUpTo;

    @Option(
            names = "--only",
            split = ",",
            defaultValue = "",
            description = "Only operations whose name has one of these in it.")
    private List<String> only = List.of();

    @Option(names = "--json", description = "Write the figures to this file, and charts of them next to it.")
    private @Nullable Path json;

    @Override
    public Integer call() throws IOException, InterruptedException {
        PrintStream out = System.out;
        List<Containerd> containerds = containerdUpTo > 0 ? containerdOptions.all() : List.of();
        List<ComparisonReport> reports = new ArrayList<>();
        for (int size : images) {
            try (TempFolder folder = TempFolder.create()) {
                reports.add(compare(folder.path(), size <= containerdUpTo ? containerds : List.of(), size, out));
            }
        }
        out.println();
        SizeSummary.lines(reports).forEach(out::println);
        if (json != null) {
            ComparisonReport.write(json, reports);
            Charts.write(json, reports);
        }
        return 0;
    }

    private ComparisonReport compare(Path folder, List<Containerd> containerds, int size, PrintStream out)
            throws IOException, InterruptedException {
        List<Installation> keepers = new ArrayList<>();
        keepers.add(Installation.in(folder, "imaged", options::start));
        for (Containerd containerd : containerds) {
            keepers.add(Installation.in(folder, containerd.name(), containerd::start));
        }
        int listed = Math.min(size, ListOperations.MAX_LISTED);
        Installation bare =
                Installation.in(folder, "bare", data -> ServerProcess.bare(options.jvmArguments(), data, listed));
        List<String> names = keepers.stream().map(Installation::name).toList();
        ComparisonReport report = new ComparisonReport(size, names, out);
        report.limit(Figure.of(
                "append of 500 bytes and fdatasync, one after the other", "calls/s", List.of(syncsPerSecond(folder))));
        new Comparison(
                        report,
                        keepers,
                        bare,
                        size,
                        roundOptions,
                        name -> only.stream().anyMatch(name::contains))
                .run();
        return report;
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
