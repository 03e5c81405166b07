package dev.imaged.remote;

import dev.imaged.errors.ImageException;
import dev.imaged.internal.wire.GrpcErrors;
import dev.imaged.proto.v1.CatalogGrpc;
import dev.imaged.proto.v1.CatalogGrpc.CatalogBlockingStub;
import dev.imaged.proto.v1.DescribeRequest;
import io.grpc.Channel;
import io.grpc.StatusRuntimeException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The catalogue of the daemon on the other end, which not every server of the Images API has. Thread-safe. */
final class RemoteCatalog {
    private final Channel channel;
    private final Duration deadline;

    /** Whether the other end has a catalogue, once it has said so. */
    private volatile @Nullable Boolean served;

    RemoteCatalog(Channel channel, Duration deadline) {
        this.channel = channel;
        this.deadline = deadline;
    }

    /**
     * Whether the other end has a catalogue. It is asked once.
     *
     * @throws ImageException when it does not answer
     */
    boolean isServed() {
        Boolean known = served;
        if (known == null) {
            known = ask();
            served = known;
        }
        return known;
    }

    private boolean ask() {
        try {
            call(() -> stub().describe(DescribeRequest.getDefaultInstance()));
            return true;
        } catch (ImageException.Unimplemented e) {
            return false;
        }
    }

    /** Returns a stub for one call that has to end before the deadline. */
    CatalogBlockingStub stub() {
        return CatalogGrpc.newBlockingStub(channel).withDeadlineAfter(deadline.toNanos(), TimeUnit.NANOSECONDS);
    }

    /** Returns the result of a call, or throws its error as ours. */
    static <T> T call(Supplier<T> call) {
        try {
            return call.get();
        } catch (StatusRuntimeException e) {
            throw GrpcErrors.fromCall(e);
        }
    }
}
