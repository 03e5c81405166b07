package dev.imaged.bench;

import dev.imaged.bench.Contender.Sample;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Keeps the daemon under a mixed load for long, and looks for what creeps. */
@Command(
        name = "soak",
        description =
                "Runs a mixed load (90 %% Get, 5 %% List by digest, 4 %% Update, 1 %% Create and Delete) at a rate for long"
                        + " on a number of images that stays; exits with 1 when memory, files, disk or latency creep.",
        mixinStandardHelpOptions = true,
        sortOptions = false)
final class SoakCommand implements Callable<Integer> {
    private static final int WARM_UP_SECONDS = 10;

    @Spec
    private CommandSpec command;

    @Mixin
    private DaemonOptions options;

    @Option(names = "--minutes", defaultValue = "10", description = "For how long.")
    private int minutes;

    @Option(names = "--every", defaultValue = "10", description = "Seconds between two samples.")
    private int seconds;

    @Option(names = "--images", defaultValue = "10000", description = "How many images it holds.")
    private int images;

    @Option(names = "--rate", defaultValue = "5000", description = "Calls a second.")
    private int rate;

    @Option(
            names = "--keep-changes",
            defaultValue = "20000",
            description =
                    "How many changes the daemon keeps: fewer than a third of the run makes, so that it drops some.")
    private int keepChanges;

    private final Trend residentMemory = memory(ResidentMemory.Part.TOTAL);
    private final Trend anonymousMemory = memory(ResidentMemory.Part.ANONYMOUS);
    private final Trend fileBackedMemory = memory(ResidentMemory.Part.FILE_BACKED);
    private final Trend heap = new Trend("heap after a collection, least", "MiB", 0.15, new ArrayList<>());
    private final Trend openFiles = new Trend("open files", "", 0.15, new ArrayList<>());
    private final Trend threads = new Trend("threads", "", 0.1, new ArrayList<>());
    private final Trend disk = new Trend("disk", "MiB", 0.15, new ArrayList<>());
    private final Trend cpu = new Trend("server CPU", "us/call", 0.25, new ArrayList<>());
    private final Trend p50 = new Trend("Get, p50", "ms", 0.5, new ArrayList<>());
    private final Trend p99 = new Trend("Get, p99", "ms", 1, new ArrayList<>());
    private final List<Trend> trends =
            List.of(residentMemory, anonymousMemory, fileBackedMemory, heap, openFiles, threads, disk, cpu, p50, p99);

    @Override
    public Integer call() throws IOException, InterruptedException {
        int samples = (int) (TimeUnit.MINUTES.toSeconds(minutes) / seconds);
        requireEnough(samples);
        try (TempFolder folder = TempFolder.create()) {
            GcLog collections = new GcLog(folder.path());
            List<String> flags = List.of("--keep-changes", Integer.toString(keepChanges));
            ServerProcess server = options.start(folder.path(), List.of(collections.flag()), flags);
            try (Contender daemon = new Contender("imaged", server)) {
                daemon.fill(images);
                soak(daemon, collections, samples);
            }
        }
        return printTrends() ? 0 : 1;
    }

    private void requireEnough(int samples) {
        if (samples < Trend.MIN_VALUES) {
            throw new ParameterException(command.commandLine(), "--minutes and --every: three samples are needed");
        }
        if (images <= 2 * Operation.REPLACED) {
            throw new ParameterException(
                    command.commandLine(), "--images: more than " + 2 * Operation.REPLACED + " are needed");
        }
    }

    private void soak(Contender daemon, GcLog collections, int samples) throws IOException, InterruptedException {
        Operation mixed = Operation.mixedSteady(images, 0);
        daemon.runAtRate(mixed, rate, TimeUnit.SECONDS.toNanos(WARM_UP_SECONDS));
        collections.leastMebibytes();
        printRow("minute", trends.stream().map(SoakCommand::heading).toList());
        printRow("---", trends.stream().map(trend -> "---").toList());
        for (int i = 1; i <= samples; i++) {
            Sample sample = daemon.runAtRate(mixed, rate, TimeUnit.SECONDS.toNanos(seconds));
            add(daemon.server(), sample, collections);
            printRow(
                    String.format(Locale.ROOT, "%.1f", i * seconds / 60.0),
                    trends.stream().map(SoakCommand::newest).toList());
        }
    }

    private void add(ServerProcess server, Sample sample, GcLog collections) throws IOException {
        ResidentMemory memory = server.residentMemory();
        residentMemory.values().add(memory.total());
        anonymousMemory.values().add(memory.anonymous());
        fileBackedMemory.values().add(memory.fileBacked());
        List<Double> heaps = heap.values();
        double before = heaps.isEmpty() ? Double.NaN : heaps.get(heaps.size() - 1);
        heaps.add(collections.leastMebibytes().orElse(before));
        openFiles.values().add((double) server.openFiles());
        threads.values().add((double) server.threads());
        disk.values().add(server.diskMebibytes());
        cpu.values().add(sample.cpuMicrosPerCall());
        p50.values().add(sample.latencyMillis(50));
        p99.values().add(sample.latencyMillis(99));
    }

    private static Trend memory(ResidentMemory.Part part) {
        return new Trend(part.title(), "MiB", 0.1, new ArrayList<>());
    }

    private static String heading(Trend trend) {
        return trend.unit().isEmpty() ? trend.name() : trend.name() + ", " + trend.unit();
    }

    private static String newest(Trend trend) {
        return Figure.shown(trend.values().get(trend.values().size() - 1));
    }

    private static void printRow(String first, List<String> cells) {
        System.out.println(cells.stream().collect(Collectors.joining(" | ", "| " + first + " | ", " |")));
    }

    /** Prints what each figure did, and returns whether all stayed. */
    private boolean printTrends() {
        System.out.println();
        System.out.println("| figure | unit | middle third | last third | change | tolerated | |");
        System.out.println("| --- | --- | --- | --- | --- | --- | --- |");
        trends.forEach(trend -> System.out.println(trend.row()));
        return trends.stream().noneMatch(Trend::creeps);
    }
}
