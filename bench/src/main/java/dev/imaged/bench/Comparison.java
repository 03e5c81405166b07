package dev.imaged.bench;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/**
 * Measures servers that hold the same images next to each other: right after the fill, warm, and just started.
 *
 * @param keepers the servers that keep images
 * @param bare the server that answers constants
 * @param images how many images the keepers hold
 * @param wanted which operations are measured, by their names
 */
record Comparison(
        ComparisonReport report,
        List<Installation> keepers,
        Installation bare,
        int images,
        RoundOptions roundOptions,
        Predicate<String> wanted) {
    private static final int MANY_IN_FLIGHT = 64;

    /** Below what containerd reached with each answer starting the next call, on two processors with nobody else. */
    private static final int GETS_PER_SECOND = 5_000;

    private static final int UPDATES_PER_SECOND = 1_000;

    /** How long each server answers before anything is measured: the compiler of the JVM needs some seconds. */
    private static final long WARM_UP_NANOS = TimeUnit.SECONDS.toNanos(5);

    /** How long images are updated before what runs next to cleaning. */
    private static final long UPDATES_TO_CLEAN_NANOS = TimeUnit.SECONDS.toNanos(5);

    void run() throws IOException, InterruptedException {
        List<Contender> all = new ArrayList<>();
        try {
            FirstSeconds first = new FirstSeconds(images, wanted);
            for (Installation keeper : keepers) {
                Contender contender = keeper.start();
                all.add(contender);
                contender.warmUp(WARM_UP_NANOS);
                contender.fill(images);
                report.resources("filled", contender);
                first.afterFill(contender);
            }
            List<Contender> filled = List.copyOf(all);
            all.add(bare.start());
            measureWarm(first.results(), all, filled);
            for (Contender contender : filled) {
                report.resources("after all this", contender);
            }
        } finally {
            all.forEach(Contender::close);
        }
        measureJustStarted();
    }

    /**
     * Measures all operations.
     *
     * @param first what was measured before, for the same table
     * @param filled those that keep images
     */
    private void measureWarm(List<Rounds.Result> first, List<Contender> all, List<Contender> filled)
            throws IOException, InterruptedException {
        for (Contender contender : all) {
            contender.run(Operation.get(Distribution.UNIFORM, images, MANY_IN_FLIGHT), WARM_UP_NANOS);
        }
        for (Contender contender : filled) {
            contender.run(Operation.update(images, MANY_IN_FLIGHT), WARM_UP_NANOS);
        }
        boolean withH2Load = H2Load.isInstalled();
        if (!withH2Load) {
            report.note("h2load is not on the path: its rows are left out");
        }
        report.begin("Calls", all.stream().map(Contender::name).toList());
        first.forEach(report::add);
        Rounds withBare = rounds(all);
        Rounds withoutBare = rounds(filled);
        for (int inFlight : new int[] {1, 16, MANY_IN_FLIGHT}) {
            withBare.measure(Operation.getFixed(inFlight));
            if (withH2Load) {
                withBare.measureH2Load(Operation.getFixed(inFlight));
            }
            for (Distribution names : Distribution.values()) {
                withBare.measure(Operation.get(names, images, inFlight));
            }
            withoutBare.measureWrites(images, inFlight);
        }
        measureAtRates(withBare, withoutBare);
        measureLists(withBare, withoutBare);
        withoutBare.measureMixed(images, MANY_IN_FLIGHT);
    }

    private void measureAtRates(Rounds withBare, Rounds withoutBare) throws IOException, InterruptedException {
        Operation updates = Operation.update(images, MANY_IN_FLIGHT);
        for (Distribution names : Distribution.values()) {
            withBare.measureAtRate(Operation.get(names, images, MANY_IN_FLIGHT), GETS_PER_SECOND);
        }
        withoutBare.measureAtRate(updates, UPDATES_PER_SECOND);
        for (Distribution names : Distribution.values()) {
            Operation gets = Operation.get(names, images, MANY_IN_FLIGHT);
            withoutBare.measureNextToCleaning(gets, GETS_PER_SECOND, updates, UPDATES_TO_CLEAN_NANOS);
        }
        withoutBare.measureNextToCleaning(updates, UPDATES_PER_SECOND, updates, UPDATES_TO_CLEAN_NANOS);
    }

    private void measureLists(Rounds withBare, Rounds withoutBare) throws IOException, InterruptedException {
        if (images <= ListOperations.MAX_LISTED) {
            withBare.measure(ListOperations.all());
        }
        for (Operation list : ListOperations.filtered(images)) {
            withoutBare.measure(list);
        }
    }

    private Rounds rounds(List<Contender> contenders) {
        return new Rounds(List.copyOf(contenders), roundOptions.rounds, roundOptions.nanos(), wanted, report::add);
    }

    /** Starts each server on its folder once a round for each distribution: how long that takes, and the Gets that follow. */
    private void measureJustStarted() throws IOException, InterruptedException {
        Map<String, List<Double>> starts = new LinkedHashMap<>();
        FirstSeconds first = new FirstSeconds(images, wanted);
        for (Distribution names : Distribution.values()) {
            for (int round = 0; round < roundOptions.rounds; round++) {
                for (Installation keeper : keepers) {
                    try (Contender started = keeper.start()) {
                        starts.computeIfAbsent(keeper.name(), name -> new ArrayList<>())
                                .add(started.server().secondsToFirstAnswer());
                        first.afterStart(started, names);
                    }
                }
            }
        }
        if (!first.results().isEmpty()) {
            report.begin("Calls just after a start", List.copyOf(starts.keySet()));
            first.results().forEach(report::add);
        }
        starts.forEach((name, seconds) -> report.limit(Figure.of("start to first answer, " + name, "s", seconds)));
    }
}
