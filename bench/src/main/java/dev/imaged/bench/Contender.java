package dev.imaged.bench;

import dev.imaged.bench.LoadGenerator.Call;
import java.io.IOException;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.LongFunction;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/** A server under test, the load on it, and how many names were created on it so far. Not thread-safe. */
final class Contender implements AutoCloseable {
    private static final int MANY_IN_FLIGHT = 64;

    static final String NAMESPACE = "bench";
    private static final String WARM_UP_NAMESPACE = "warm-up";
    private static final int WARM_UP_IMAGES = 100;

    /** After fewer calls the compiler of a JVM may still have work to do. */
    private static final int WARM_UP_CALLS = 200_000;

    private final String name;
    private final ServerProcess server;
    private final LoadGenerator load;
    private Targets targets = new Targets(0);
    private long created;

    Contender(String name, ServerProcess server) {
        this.name = name;
        this.server = server;
        this.load = new LoadGenerator(server.socket(), NAMESPACE);
    }

    /** What a run on a server cost. */
    record Sample(LoadGenerator.Run run, long cpuNanos) {
        double callsPerSecond() {
            return run.calls() * 1e9 / run.nanos();
        }

        double cpuMicrosPerCall() {
            return cpuNanos / 1e3 / Math.max(1, run.calls());
        }

        /** NaN when no latencies were measured. */
        double latencyMillis(double percentile) {
            Histogram latencies = run.latencies();
            return latencies.getTotalCount() == 0 ? Double.NaN : latencies.getValueAtPercentile(percentile) / 1e6;
        }
    }

    /** Makes calls. */
    private interface Runner {
        LoadGenerator.Run run() throws IOException, InterruptedException;
    }

    String name() {
        return name;
    }

    ServerProcess server() {
        return server;
    }

    /**
     * Has Gets compiled before the server is filled: asks for a few images of a namespace of their own.
     *
     * @param nanos for how long at least; a busy machine takes longer until there were enough calls
     */
    void warmUp(long nanos) throws InterruptedException {
        Targets unused = new Targets(0);
        Operation creates = Operation.create(0, MANY_IN_FLIGHT).first(WARM_UP_IMAGES);
        Operation gets = Operation.get(Distribution.UNIFORM, WARM_UP_IMAGES, MANY_IN_FLIGHT);
        try (LoadGenerator other = new LoadGenerator(server.socket(), WARM_UP_NAMESPACE)) {
            other.run(
                    MANY_IN_FLIGHT,
                    TimeUnit.HOURS.toNanos(1),
                    number -> creates.calls().next(unused, number));
            for (long calls = 0; calls < WARM_UP_CALLS; ) {
                calls += other.run(MANY_IN_FLIGHT, nanos, number -> gets.calls().next(unused, number))
                        .calls();
            }
        }
    }

    /** Creates the names from 0 on. */
    void fill(int images) throws IOException, InterruptedException {
        targets = new Targets(images);
        run(Operation.create(0, MANY_IN_FLIGHT).first(images), TimeUnit.HOURS.toNanos(1));
        created = images;
    }

    /** Notes that it has the names from 0 on, because it shares them with a server that was filled. */
    void sharesFilled(int images) {
        targets = new Targets(images);
        created = images;
    }

    /** Runs an operation for a while. */
    Sample run(Operation operation, long nanos) throws IOException, InterruptedException {
        return measured(() -> load.run(operation.inFlight(), nanos, numbered(operation)));
    }

    /** Starts calls of an operation at a rate for a while. */
    Sample runAtRate(Operation operation, int callsPerSecond, long nanos) throws IOException, InterruptedException {
        return measured(() -> load.runAtRate(callsPerSecond, nanos, numbered(operation)));
    }

    /** Makes the first call of an operation again and again for a while, with h2load. */
    Sample runH2Load(Operation operation, long nanos) throws IOException, InterruptedException {
        Call call = Objects.requireNonNull(numbered(operation).apply(0));
        return measured(() -> H2Load.run(server.socket(), NAMESPACE, call, operation.inFlight(), nanos));
    }

    private LongFunction<@Nullable Call> numbered(Operation operation) {
        return number -> operation.calls().next(targets, number);
    }

    private Sample measured(Runner runner) throws IOException, InterruptedException {
        long cpu = server.cpuNanos();
        LoadGenerator.Run run = runner.run();
        return new Sample(run, server.cpuNanos() - cpu);
    }

    /** Creates new names for a while. */
    Sample create(int inFlight, long nanos) throws IOException, InterruptedException {
        Sample sample = run(Operation.create(created, inFlight), nanos);
        created += sample.run().calls();
        return sample;
    }

    /** Makes gets, lists, updates and creates for a while; what was created stays. */
    Sample mixed(int images, int inFlight, long nanos) throws IOException, InterruptedException {
        Sample sample = run(Operation.mixed(images, created, inFlight), nanos);
        long count = Operation.createdByMixed(sample.run().calls() + inFlight);
        created += count;
        return sample;
    }

    /** Deletes, for a while, some of the names that were created last, and then the others, which does not count. */
    Sample delete(long count, int inFlight, long nanos) throws IOException, InterruptedException {
        long first = created - count;
        Sample sample = run(Operation.delete(first, count, inFlight), nanos);
        long done = sample.run().calls();
        run(Operation.delete(first + done, count - done, MANY_IN_FLIGHT), TimeUnit.HOURS.toNanos(1));
        return sample;
    }

    @Override
    public void close() {
        load.close();
        server.close();
    }
}
