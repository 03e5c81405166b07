package dev.imaged.remote;

import dev.imaged.errors.ImageException;
import dev.imaged.images.Position;
import dev.imaged.images.Watch;
import dev.imaged.images.WatchEvent;
import dev.imaged.images.WatchOptions;
import dev.imaged.images.WatchedChange;
import dev.imaged.internal.wire.CatalogProtos;
import dev.imaged.internal.wire.GrpcErrors;
import dev.imaged.internal.wire.WatchProtos;
import dev.imaged.proto.v1.CatalogGrpc;
import dev.imaged.proto.v1.WatchResponse;
import io.grpc.Channel;
import io.grpc.Metadata;
import io.grpc.StatusException;
import io.grpc.stub.BlockingClientCall;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A watch of the daemon on the other end. A call that is lost is made again behind the last message. */
final class RemoteWatch implements Watch {
    private static final Duration LEAST_BACKOFF = Duration.ofMillis(100);
    private static final Duration MOST_BACKOFF = Duration.ofSeconds(5);

    /** How much later than promised a message may come: the machine may pause. */
    private static final Duration GRACE = Duration.ofSeconds(5);

    private final Channel channel;
    private final WatchOptions options;
    private final Consumer<RemoteWatch> onClose;
    private final Deque<WatchEvent> ready = new ArrayDeque<>();

    /** The changes of a commit of which more follows. */
    private final List<WatchedChange> partial = new ArrayList<>();

    /** Where the next call starts: the position behind all that was received; null if there is none. */
    private @Nullable Position resume;

    /** Whether the next call, or this one, starts with a snapshot that is not whole yet. */
    private boolean snapshot;

    /** Whether a message of that snapshot has come. */
    private boolean inSnapshot;

    /** Whether any message has come: before, an error is the caller's. */
    private boolean started;

    private int failures;
    private @Nullable Position position;

    /** The call, which {@link #close} ends on any thread. */
    private volatile @Nullable BlockingClientCall<?, WatchResponse> call;

    private volatile boolean closed;

    /** Why the watch has ended, null if it has not. */
    private volatile @Nullable ImageException ended;

    /** @param onClose called when the watch is closed */
    RemoteWatch(Channel channel, WatchOptions options, Consumer<RemoteWatch> onClose) {
        this.channel = channel;
        this.options = options;
        this.onClose = onClose;
        this.resume = options.after();
        this.snapshot = options.snapshot();
    }

    @Override
    public boolean hasNext() {
        while (!closed && ready.isEmpty()) {
            receive();
        }
        return !closed;
    }

    private void receive() {
        requireGoingOn();
        try {
            BlockingClientCall<?, WatchResponse> current = call == null ? connect() : call;
            long patience =
                    options.effectiveInterval().multipliedBy(2).plus(GRACE).toNanos();
            WatchResponse response = current == null ? null : current.read(patience, TimeUnit.NANOSECONDS);
            if (response == null) {
                lost(new ImageException.Unavailable("the daemon ended the watch", null));
            } else {
                failures = 0;
                accept(response);
                started = true;
            }
        } catch (StatusException e) {
            Metadata trailers = e.getTrailers();
            lost(GrpcErrors.fromCall(e.getStatus(), trailers == null ? new Metadata() : trailers));
        } catch (TimeoutException e) {
            lost(new ImageException.Unavailable("the daemon sent nothing for twice the progress interval", e));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ImageException.Cancelled("interrupted while waiting for a change", e);
        }
    }

    private void requireGoingOn() {
        ImageException why = ended;
        if (why != null) {
            throw why;
        }
    }

    /** Starts a call; returns null when the watch has ended meanwhile. */
    private @Nullable BlockingClientCall<?, WatchResponse> connect() {
        inSnapshot = false;
        partial.clear();
        BlockingClientCall<?, WatchResponse> made = CatalogGrpc.newBlockingV2Stub(channel)
                .withMaxInboundMessageSize(RemoteCatalog.MAX_MESSAGE_BYTES)
                .watch(WatchProtos.toProto(options, snapshot ? null : resume, snapshot));
        call = made;
        if (closed || ended != null) { // then nobody else may have seen this call
            StreamCalls.cancel(made, null);
            return null;
        }
        return made;
    }

    private void accept(WatchResponse response) {
        if (snapshot) {
            acceptSnapshot(response);
            return;
        }
        response.getChangesList().forEach(change -> partial.add(WatchProtos.fromProto(change)));
        if (!response.hasPosition()) {
            return;
        }
        Position behind = CatalogProtos.fromProto(response.getPosition());
        resume = behind;
        ready.add(
                partial.isEmpty()
                        ? new WatchEvent.Progress(behind)
                        : new WatchEvent.Changed(List.copyOf(partial), behind));
        partial.clear();
    }

    private void acceptSnapshot(WatchResponse response) {
        if (!inSnapshot || response.getImagesCount() > 0) {
            ready.add(new WatchEvent.Snapshot(
                    response.getImagesList().stream()
                            .map(CatalogProtos::fromProto)
                            .toList(),
                    !inSnapshot));
            inSnapshot = true;
        }
        if (response.getSynced()) {
            Position whole = CatalogProtos.fromProto(response.getPosition());
            snapshot = false;
            resume = whole;
            ready.add(new WatchEvent.Synced(whole));
        }
    }

    /** Decides what an error of the call means: another call, after a while, or the end. */
    private void lost(ImageException error) {
        BlockingClientCall<?, WatchResponse> lost = call;
        call = null;
        if (lost != null) {
            StreamCalls.cancel(lost, null);
        }
        if (closed) {
            return;
        }
        requireGoingOn();
        if (error instanceof ImageException.OutOfRange && options.restarts()) {
            if (snapshot) {
                pause(); // the log was cut while the snapshot was sent
            }
            resume = null;
            snapshot = true;
        } else if (started && isTemporary(error)) {
            pause();
        } else {
            throw error;
        }
    }

    private static boolean isTemporary(ImageException error) {
        return switch (error.code()) {
            case UNAVAILABLE, CANCELLED, DEADLINE_EXCEEDED, RESOURCE_EXHAUSTED -> true;
            default -> false;
        };
    }

    /** Waits longer after each failure, and not as long as others, so that not all come back at once. */
    private void pause() {
        long most = Math.min(MOST_BACKOFF.toNanos(), LEAST_BACKOFF.toNanos() << Math.min(failures, 10));
        failures++;
        long end = System.nanoTime() + ThreadLocalRandom.current().nextLong(most / 2, most);
        try {
            synchronized (this) {
                for (long left = end - System.nanoTime();
                        left > 0 && !closed && ended == null;
                        left = end - System.nanoTime()) {
                    TimeUnit.NANOSECONDS.timedWait(this, left);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ImageException.Cancelled("interrupted while waiting for a change", e);
        }
    }

    @Override
    public WatchEvent next() {
        if (!hasNext()) {
            throw new NoSuchElementException("the watch is closed");
        }
        WatchEvent event = ready.remove();
        position = event.position();
        return event;
    }

    @Override
    public @Nullable Position position() {
        return position;
    }

    /** Ends the watch with an error, on any thread. */
    void end(ImageException why) {
        ended = why;
        stop();
    }

    @Override
    public void close() {
        closed = true;
        stop();
        onClose.accept(this);
    }

    private void stop() {
        synchronized (this) {
            notifyAll();
        }
        BlockingClientCall<?, WatchResponse> current = call;
        if (current != null) {
            StreamCalls.cancel(current, null);
        }
    }
}
