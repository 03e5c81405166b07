package dev.imaged.remote;

import dev.imaged.errors.ImageException;
import dev.imaged.images.Listing;
import dev.imaged.images.Position;
import dev.imaged.images.VersionedImage;
import dev.imaged.internal.wire.CatalogProtos;
import dev.imaged.internal.wire.GrpcErrors;
import dev.imaged.proto.v1.ListStreamResponse;
import io.grpc.Metadata;
import io.grpc.StatusException;
import io.grpc.stub.BlockingClientCall;
import java.time.Duration;
import java.util.Collections;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** A list that is sent while it is read: gRPC's flow control keeps the other end from sending more than a few messages ahead. */
final class RemoteListing implements Listing {
    private final BlockingClientCall<?, ListStreamResponse> call;
    private final Duration deadline;
    private final Position position;
    private Iterator<dev.imaged.proto.v1.VersionedImage> images;
    private boolean ended;

    private RemoteListing(BlockingClientCall<?, ListStreamResponse> call, Duration deadline, ListStreamResponse first) {
        this.call = call;
        this.deadline = deadline;
        this.position = CatalogProtos.fromProto(first.getPosition());
        this.images = first.getImagesList().iterator();
    }

    /**
     * Waits for the first message of a call.
     *
     * @param deadline how long each message may take
     */
    static RemoteListing open(BlockingClientCall<?, ListStreamResponse> call, Duration deadline) {
        ListStreamResponse first = read(call, deadline);
        if (first == null) {
            throw new ImageException.Internal("the server ended the list without an answer", null);
        }
        return new RemoteListing(call, deadline, first);
    }

    @Override
    public Position position() {
        return position;
    }

    @Override
    public boolean hasNext() {
        while (!images.hasNext() && !ended) {
            ListStreamResponse response = read(call, deadline);
            if (response == null) {
                ended = true;
            } else {
                images = response.getImagesList().iterator();
            }
        }
        return images.hasNext();
    }

    @Override
    public VersionedImage next() {
        if (!hasNext()) {
            throw new NoSuchElementException("the list has ended");
        }
        return CatalogProtos.fromProto(images.next());
    }

    @Override
    public void close() {
        ended = true;
        images = Collections.emptyIterator();
        StreamCalls.cancel(call, null);
    }

    /** Returns the next message, null at the end. */
    private static @Nullable ListStreamResponse read(
            BlockingClientCall<?, ListStreamResponse> call, Duration deadline) {
        try {
            return call.read(deadline.toNanos(), TimeUnit.NANOSECONDS);
        } catch (StatusException e) {
            throw GrpcErrors.fromCall(e.getStatus(), Objects.requireNonNullElseGet(e.getTrailers(), Metadata::new));
        } catch (TimeoutException e) {
            StreamCalls.cancel(call, e);
            throw new ImageException.DeadlineExceeded(
                    "the list did not go on within " + deadline.toMillis() + " ms", e);
        } catch (InterruptedException e) {
            StreamCalls.cancel(call, e);
            Thread.currentThread().interrupt();
            throw new ImageException.Cancelled("interrupted while waiting for the image store", e);
        }
    }
}
