package dev.imaged.bench;

import dev.imaged.bench.LoadGenerator.Call;
import dev.imaged.bench.LoadGenerator.Run;
import dev.imaged.internal.wire.NamespaceHeader;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.Status;
import java.util.concurrent.atomic.AtomicLong;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/** Calls on a connection, and what came of them. When the next call starts is for subclasses to say. */
abstract class Work {
    private final Channel channel;
    private final String namespace;
    private final long begin = System.nanoTime();
    private final AtomicLong done = new AtomicLong();
    private final Histogram latencies = new ConcurrentHistogram(3);
    private volatile @Nullable Status failure;

    Work(Channel channel, String namespace) {
        this.channel = channel;
        this.namespace = namespace;
    }

    /** When the work began, as {@link System#nanoTime} tells it. */
    final long begin() {
        return begin;
    }

    final boolean failed() {
        return failure != null;
    }

    /**
     * Starts a call.
     *
     * @param due the moment from which on its latency counts, as {@link System#nanoTime} tells it
     */
    final void start(Call next, long due) {
        ClientCall<byte[], byte[]> call = channel.newCall(next.method(), CallOptions.DEFAULT);
        call.start(new Answer(due, next.watched()), NamespaceHeader.write(namespace));
        call.request(2);
        call.sendMessage(next.request());
        call.halfClose();
    }

    /** Is told that a call was answered, on the thread of the connection. */
    abstract void answered();

    /**
     * Returns what was measured until now.
     *
     * @throws IllegalStateException when a call failed
     */
    final Run result() {
        if (failure != null) {
            throw new IllegalStateException("a call failed: " + failure);
        }
        return new Run(done.get(), System.nanoTime() - begin, latencies);
    }

    private final class Answer extends ClientCall.Listener<byte[]> {
        private final long due;
        private final boolean watched;

        Answer(long due, boolean watched) {
            this.due = due;
            this.watched = watched;
        }

        @Override
        public void onClose(Status status, Metadata trailers) {
            if (status.isOk()) {
                if (watched) {
                    latencies.recordValue(System.nanoTime() - due);
                }
                done.incrementAndGet();
            } else {
                failure = status;
            }
            answered();
        }
    }
}
