package dev.imaged.remote;

import dev.imaged.errors.ImageException;
import dev.imaged.images.WatchEvent;
import dev.imaged.images.WatchOptions;
import dev.imaged.internal.wire.GrpcErrors;
import dev.imaged.proto.v1.CatalogGrpc;
import dev.imaged.proto.v1.WatchRequest;
import dev.imaged.proto.v1.WatchResponse;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.Metadata;
import io.grpc.Status;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.Flow;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A watch of the daemon on the other end, for one subscriber. It asks for the next message once the subscriber has all events of the last
 * one, and makes a call that is lost again behind the last message.
 */
final class WatchSubscription extends CallSubscription<WatchRequest, WatchResponse, WatchEvent> {
    /** How much later than promised a message may come: the machine may pause. */
    private static final Duration GRACE = Duration.ofSeconds(5);

    private final Channel channel;
    private final WatchCursor cursor;
    private final Consumer<WatchSubscription> onEnd;

    /** The events of the last message that the subscriber has not asked for yet. */
    private final Queue<WatchEvent> ready = new ArrayDeque<>();

    /** What ends the watch once the subscriber has all events. */
    private @Nullable ImageException end;

    /**
     * Makes a subscription, which waits for {@link #start}: what is committed from then on will be told.
     *
     * @param onEnd called at the end, whoever ends it
     */
    WatchSubscription(
            Channel channel,
            WatchOptions options,
            Flow.Subscriber<? super WatchEvent> subscriber,
            Consumer<WatchSubscription> onEnd) {
        super("watch", options.effectiveInterval().multipliedBy(2).plus(GRACE).toNanos(), subscriber);
        this.channel = channel;
        this.cursor = new WatchCursor(options, System::nanoTime);
        this.onEnd = onEnd;
    }

    @Override
    void connect() {
        begin(
                channel.newCall(
                        CatalogGrpc.getWatchMethod(),
                        CallOptions.DEFAULT.withMaxInboundMessageSize(RemoteCatalog.MAX_MESSAGE_BYTES)),
                cursor.nextCall());
    }

    /** Asks for the next message even without demand: an error needs none. */
    @Override
    void proceed() {
        while (wantsMore() && !ready.isEmpty()) {
            next(ready.remove());
        }
        if (ready.isEmpty() && end != null) {
            fail(end);
        } else if (ready.isEmpty()) {
            ask();
        }
    }

    @Override
    void received(WatchResponse response) {
        try {
            ready.addAll(cursor.accept(response));
        } catch (ImageException e) {
            end = e;
        }
        proceed();
    }

    @Override
    void silent() {
        lost(new ImageException.Unavailable("the daemon sent nothing for twice the progress interval", null));
    }

    @Override
    void closed(Status status, Metadata trailers) {
        lost(
                status.isOk()
                        ? new ImageException.Unavailable("the daemon ended the watch", null)
                        : GrpcErrors.fromCall(status, trailers));
    }

    /** Makes another call, after a while, or ends. */
    private void lost(ImageException error) {
        disconnect();
        try {
            long pause = cursor.lost(error);
            if (pause == 0) {
                connect();
            } else {
                later(pause, this::connect);
            }
        } catch (ImageException e) {
            end = e;
            proceed();
        }
    }

    @Override
    void released() {
        ready.clear();
        onEnd.accept(this);
    }
}
