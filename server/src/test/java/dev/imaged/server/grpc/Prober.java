package dev.imaged.server.grpc;

import dev.imaged.internal.wire.NamespaceHeader;
import dev.imaged.proto.images.v1.GetImageRequest;
import dev.imaged.remote.Address;
import dev.imaged.server.RawClient;
import io.grpc.CallOptions;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;

/** Asks for an image at a steady rate, and says how long the answers took from when each question was due. */
final class Prober implements AutoCloseable {
    private static final long PERIOD_NANOS = 20_000_000;
    private static final long DEADLINE_SECONDS = 10;

    private final RawClient client;
    private final byte[] request;
    private final Thread thread = new Thread(this::run, "prober");
    private LongStream.Builder latencies = LongStream.builder();
    private volatile boolean stopped;
    private String failure = "";
    private int failures;

    Prober(Address address, String name) {
        this.client = new RawClient(address.toString());
        this.request = GetImageRequest.newBuilder().setName(name).build().toByteArray();
        thread.start();
    }

    private void run() {
        for (long due = System.nanoTime();
                !stopped;
                due = Math.max(due + PERIOD_NANOS, System.nanoTime() - 1_000_000_000)) {
            try {
                TimeUnit.NANOSECONDS.sleep(due - System.nanoTime());
            } catch (InterruptedException e) {
                return;
            }
            RawClient.Answer answer = client.callFullName(
                    "containerd.services.images.v1.Images/Get",
                    CallOptions.DEFAULT.withDeadlineAfter(DEADLINE_SECONDS, TimeUnit.SECONDS),
                    NamespaceHeader.write("fits"),
                    request);
            record(answer, System.nanoTime() - due);
        }
    }

    private synchronized void record(RawClient.Answer answer, long nanos) {
        latencies.add(nanos);
        if (!answer.status().isOk()) {
            failure = answer.status().toString();
            failures++;
        }
    }

    /** Returns how an answer was missed since the last time, empty if none was. */
    synchronized String failure() {
        String last = failures == 0 ? "" : failures + " Gets failed, the last with " + failure;
        failures = 0;
        return last;
    }

    /** Returns the latencies since the last time. */
    synchronized String latencies() {
        long[] sorted = latencies.build().sorted().toArray();
        latencies = LongStream.builder();
        return sorted.length == 0
                ? "no Gets"
                : String.format(
                        Locale.ROOT,
                        "%d Gets, p50 %.1f ms, p99 %.1f ms, at most %.1f ms",
                        sorted.length,
                        millis(sorted, 0.5),
                        millis(sorted, 0.99),
                        millis(sorted, 1));
    }

    private static double millis(long[] sorted, double share) {
        return sorted[(int) Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)] / 1e6;
    }

    @Override
    public void close() {
        stopped = true;
        thread.interrupt();
        client.close();
    }
}
