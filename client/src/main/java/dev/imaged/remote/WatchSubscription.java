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
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.SynchronizationContext;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A watch of the daemon on the other end, for one subscriber. It asks for the next message once the subscriber has all events of the last
 * one, and makes a call that is lost again behind the last message. It has no thread: all that happens takes turns, on the threads of the
 * connection, of its callers, and of {@link RemoteChanges} for what is due. Thread-safe.
 */
final class WatchSubscription implements Flow.Subscription {
    /** How much later than promised a message may come: the machine may pause. */
    private static final Duration GRACE = Duration.ofSeconds(5);

    private final Channel channel;
    private final WatchCursor cursor;

    /** How long the daemon may take for a message, in nanoseconds. */
    private final long patience;

    private final Executor timers;
    private final Consumer<WatchSubscription> onEnd;
    private volatile boolean ended;

    /** In it runs all that touches the fields below. */
    private final SynchronizationContext turns = new SynchronizationContext(
            (thread, bug) -> fail(new ImageException.Internal("the watch failed: " + bug, bug)));

    /** Null once the subscription has ended. */
    private Flow.@Nullable Subscriber<? super WatchEvent> subscriber;

    /** How many events the subscriber asks for; the largest number is without end. */
    private long demand;

    /** The events of the last message that the subscriber has not asked for yet. */
    private final Queue<WatchEvent> ready = new ArrayDeque<>();

    /** What ends the watch once the subscriber has all events. */
    private @Nullable ImageException end;

    private @Nullable ClientCall<WatchRequest, WatchResponse> call;

    /** Whether the call was asked for a message that has not come, and since when. */
    private boolean asked;

    private long askedAt;

    /** Ends a pause, or a call that sends nothing. */
    private @Nullable CompletableFuture<Void> timer;

    /**
     * Makes a subscription, which waits for {@link #start}.
     *
     * @param timers runs what is due after a pause: it may call the subscriber, which may block
     * @param onEnd called at the end, whoever ends it
     */
    WatchSubscription(
            Channel channel,
            WatchOptions options,
            Flow.Subscriber<? super WatchEvent> subscriber,
            Executor timers,
            Consumer<WatchSubscription> onEnd) {
        this.channel = channel;
        this.timers = timers;
        this.cursor = new WatchCursor(options, System::nanoTime);
        this.patience = options.effectiveInterval().multipliedBy(2).plus(GRACE).toNanos();
        this.subscriber = subscriber;
        this.onEnd = onEnd;
    }

    /** Starts the watch: what is committed from now on will be told. */
    void start() {
        turns.execute(() -> {
            signal(to -> to.onSubscribe(this));
            connect();
        });
    }

    @Override
    public void request(long events) {
        turns.execute(() -> {
            if (events <= 0) {
                fail(new IllegalArgumentException(
                        "request(" + events + ") has to ask for at least one event (rule 3.9 of Reactive Streams)"));
            } else {
                demand = demand + events < 0 ? Long.MAX_VALUE : demand + events;
                proceed();
            }
        });
    }

    @Override
    public void cancel() {
        ended = true;
        turns.execute(this::release);
    }

    /** Ends the watch with an error at once. */
    void end(ImageException why) {
        turns.execute(() -> fail(why));
    }

    private void connect() {
        if (ended) {
            return;
        }
        ClientCall<WatchRequest, WatchResponse> made = channel.newCall(
                CatalogGrpc.getWatchMethod(),
                CallOptions.DEFAULT.withMaxInboundMessageSize(RemoteCatalog.MAX_MESSAGE_BYTES));
        call = made;
        made.start(new Answers(made), new Metadata());
        made.sendMessage(cursor.nextCall());
        made.halfClose();
        proceed();
    }

    /** Gives the subscriber what it asks for, as far as it is here, and asks for the next message, even without demand: an error needs none. */
    private void proceed() {
        while (demand > 0 && !ready.isEmpty() && !ended) {
            demand -= demand == Long.MAX_VALUE ? 0 : 1;
            WatchEvent event = ready.remove();
            signal(to -> to.onNext(event));
        }
        if (ready.isEmpty() && end != null) {
            fail(end);
        } else if (ready.isEmpty() && call != null && !asked && !ended) {
            asked = true;
            askedAt = System.nanoTime();
            if (timer == null) {
                later(patience, this::checkSilence);
            }
            call.request(1);
        }
    }

    /** One timer serves all messages that come in its time. */
    private void checkSilence() {
        long left = patience - (System.nanoTime() - askedAt);
        if (asked && left > 0) {
            later(left, this::checkSilence);
        } else if (asked) {
            lost(new ImageException.Unavailable("the daemon sent nothing for twice the progress interval", null));
        }
    }

    private void received(WatchResponse response) {
        asked = false;
        try {
            ready.addAll(cursor.accept(response));
        } catch (ImageException e) {
            end = e;
        }
        proceed();
    }

    /** Makes another call, after a while, or ends. */
    private void lost(ImageException error) {
        hangUp();
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

    private void hangUp() {
        asked = false;
        if (timer != null) {
            timer.cancel(false);
            timer = null;
        }
        if (call != null) {
            call.cancel("the caller cancelled the call", null);
            call = null;
        }
    }

    private void later(long nanos, Runnable task) {
        CompletableFuture<Void> made =
                new CompletableFuture<Void>().completeOnTimeout(null, nanos, TimeUnit.NANOSECONDS);
        timer = made;
        made.thenRunAsync(
                () -> turns.execute(() -> {
                    if (timer == made) {
                        timer = null;
                        task.run();
                    }
                }),
                timers);
    }

    private void fail(Throwable why) {
        if (!ended) {
            Flow.Subscriber<? super WatchEvent> told = release();
            signal(told, to -> to.onError(why));
        }
    }

    /** Ends the subscription, and returns the subscriber that it had. Nothing refers to the subscriber any more. */
    private Flow.@Nullable Subscriber<? super WatchEvent> release() {
        Flow.Subscriber<? super WatchEvent> released = subscriber;
        ended = true;
        subscriber = null;
        ready.clear();
        hangUp();
        onEnd.accept(this);
        return released;
    }

    private void signal(Consumer<Flow.Subscriber<? super WatchEvent>> signal) {
        signal(subscriber, signal);
    }

    /** A subscriber that throws has cancelled, as Reactive Streams say (rule 2.13). */
    private void signal(
            Flow.@Nullable Subscriber<? super WatchEvent> to, Consumer<Flow.Subscriber<? super WatchEvent>> signal) {
        if (to == null) {
            return;
        }
        try {
            signal.accept(to);
        } catch (Throwable e) { // whatever a subscriber throws must not stop the connection
            System.getLogger(WatchSubscription.class.getName())
                    .log(Level.ERROR, "a subscriber to changes threw an exception; its watch ends", e);
            release();
        }
    }

    /** What comes from one call. */
    private final class Answers extends ClientCall.Listener<WatchResponse> {
        private final ClientCall<WatchRequest, WatchResponse> from;

        Answers(ClientCall<WatchRequest, WatchResponse> from) {
            this.from = from;
        }

        @Override
        public void onMessage(WatchResponse message) {
            turns.execute(() -> {
                if (call == from) {
                    received(message);
                }
            });
        }

        @Override
        public void onClose(Status status, Metadata trailers) {
            turns.execute(() -> {
                if (call == from) {
                    lost(
                            status.isOk()
                                    ? new ImageException.Unavailable("the daemon ended the watch", null)
                                    : GrpcErrors.fromCall(status, trailers));
                }
            });
        }
    }
}
