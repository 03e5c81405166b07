package dev.imaged.bench;

import dev.imaged.bench.Contender.Sample;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * Runs operations on servers in turn, A B A B, after a round that does not count, so that what disturbs the machine disturbs
 * all of them.
 *
 * @param count how many rounds count
 * @param nanos how long each operation takes in a round
 * @param wanted which operations are measured, by their names
 * @param results gets each operation when it is measured
 */
record Rounds(List<Contender> contenders, int count, long nanos, Predicate<String> wanted, Consumer<Result> results) {
    /** Runs one operation on one server. */
    private interface Run {
        Sample on(Contender contender) throws IOException, InterruptedException;
    }

    /**
     * What an operation cost.
     *
     * @param inFlight how many calls at a time, nothing where calls start at a rate
     * @param samples the rounds of each server, by its name
     */
    record Result(String operation, OptionalInt inFlight, Map<String, List<Sample>> samples) {
        Result(String operation, OptionalInt inFlight) {
            this(operation, inFlight, new LinkedHashMap<>());
        }

        void add(Contender contender, Sample sample) {
            samples.computeIfAbsent(contender.name(), name -> new ArrayList<>()).add(sample);
        }
    }

    /** Measures an operation that leaves the number of images as it is. */
    void measure(Operation operation) throws IOException, InterruptedException {
        measure(operation.name(), OptionalInt.of(operation.inFlight()), contender -> contender.run(operation, nanos));
    }

    /** Measures an operation whose calls start at a rate, whatever the answers do. */
    void measureAtRate(Operation operation, int callsPerSecond) throws IOException, InterruptedException {
        measure(
                atRate(operation, callsPerSecond),
                OptionalInt.empty(),
                contender -> contender.runAtRate(operation, callsPerSecond, nanos));
    }

    /**
     * Measures calls that start at a rate right after updates, while the daemon still clears away what those replaced.
     *
     * @param updates run before each round, as fast as the server answers them
     * @param updateNanos for how long
     */
    void measureNextToCleaning(Operation operation, int callsPerSecond, Operation updates, long updateNanos)
            throws IOException, InterruptedException {
        measure(atRate(operation, callsPerSecond) + ", next to cleaning", OptionalInt.empty(), contender -> {
            contender.run(updates, updateNanos);
            return contender.runAtRate(operation, callsPerSecond, nanos);
        });
    }

    private static String atRate(Operation operation, int callsPerSecond) {
        return String.format(Locale.ROOT, "%s, %,d/s", operation.name(), callsPerSecond);
    }

    /** Measures the first call of an operation, again and again, with h2load. */
    void measureH2Load(Operation operation) throws IOException, InterruptedException {
        measure(
                operation.name() + ", h2load",
                OptionalInt.of(operation.inFlight()),
                contender -> contender.runH2Load(operation, nanos));
    }

    /** Measures a mix of calls. */
    void measureMixed(int images, int inFlight) throws IOException, InterruptedException {
        measure(
                Operation.mixed(images, 0, inFlight).name(),
                OptionalInt.of(inFlight),
                contender -> contender.mixed(images, inFlight, nanos));
    }

    /** Creates names, updates others and deletes those that were created, so that the number of images stays. */
    void measureWrites(int images, int inFlight) throws IOException, InterruptedException {
        if (Stream.of(Operation.CREATE, Operation.UPDATE, Operation.DELETE).noneMatch(wanted)) {
            return;
        }
        Result creates = new Result(Operation.CREATE, OptionalInt.of(inFlight));
        Result updates = new Result(Operation.UPDATE, OptionalInt.of(inFlight));
        Result deletes = new Result(Operation.DELETE, OptionalInt.of(inFlight));
        Operation update = Operation.update(images, inFlight);
        for (int round = -1; round < count; round++) {
            for (Contender contender : contenders) {
                Sample created = contender.create(inFlight, nanos);
                Sample updated = contender.run(update, nanos);
                Sample deleted = contender.delete(created.run().calls(), inFlight, nanos);
                if (round >= 0) {
                    creates.add(contender, created);
                    updates.add(contender, updated);
                    deletes.add(contender, deleted);
                }
            }
        }
        results.accept(creates);
        results.accept(updates);
        results.accept(deletes);
    }

    private void measure(String operation, OptionalInt inFlight, Run run) throws IOException, InterruptedException {
        if (!wanted.test(operation)) {
            return;
        }
        Result result = new Result(operation, inFlight);
        for (int round = -1; round < count; round++) {
            for (Contender contender : contenders) {
                Sample sample = run.on(contender);
                if (round >= 0) {
                    result.add(contender, sample);
                }
            }
        }
        results.accept(result);
    }
}
