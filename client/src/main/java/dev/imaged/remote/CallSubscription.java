package dev.imaged.remote;

import dev.imaged.errors.ImageException;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.SynchronizationContext;
import java.lang.System.Logger.Level;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The subscription of one subscriber to what calls answer, by the rules of Reactive Streams. It asks a call for one message at a time. It
 * has no thread: all that happens takes turns, on the threads of the connection, of its callers, and of {@link Timers} for what is due.
 * Thread-safe; methods that a subclass implements or calls run in these turns, except {@link #start}.
 *
 * @param <Q> the request of a call
 * @param <R> a message of its answer
 * @param <T> what the subscriber gets
 */
abstract class CallSubscription<Q, R, T> implements Flow.Subscription {
    private final String subject;

    /** How long the daemon may take for a message, in nanoseconds. */
    private final long patience;

    private volatile boolean ended;

    /** In it runs all that touches the fields below. */
    private final SynchronizationContext turns = new SynchronizationContext((thread, bug) -> failFor(bug));

    /** Null once the subscription has ended. */
    private Flow.@Nullable Subscriber<? super T> subscriber;

    /** How much the subscriber asks for; the largest number is without end. */
    private long demand;

    private @Nullable ClientCall<Q, R> call;

    /** Whether the call was asked for a message that has not come, and since when. */
    private boolean asked;

    private long askedAt;

    /** Ends a pause, or a call that sends nothing. */
    private @Nullable CompletableFuture<Void> timer;

    /**
     * Makes a subscription, which waits for {@link #start}.
     *
     * @param subject what the subscriber gets, for messages: a watch, a list
     * @param patience how long the daemon may take for a message, in nanoseconds
     */
    CallSubscription(String subject, long patience, Flow.Subscriber<? super T> subscriber) {
        this.subject = subject;
        this.patience = patience;
        this.subscriber = subscriber;
    }

    /** Makes the first call, or the next one. */
    abstract void connect();

    /** Gives the subscriber what is here and what it asks for, and asks for the next message if it is time. */
    abstract void proceed();

    /** Takes a message of the call. */
    abstract void received(R message);

    /** Called when the call has ended. */
    abstract void closed(Status status, Metadata trailers);

    /** Called when the daemon took longer for a message than it may. */
    abstract void silent();

    /** Called when the subscription has ended, whoever ended it. */
    abstract void released();

    /** Subscribes and makes the first call. */
    final void start() {
        turns.execute(() -> {
            signal(subscriber, to -> to.onSubscribe(this));
            if (!ended) {
                connect();
            }
        });
    }

    @Override
    public final void request(long count) {
        turns.execute(() -> {
            if (count <= 0) {
                fail(new IllegalArgumentException(
                        "request(" + count + ") has to ask for at least one element (rule 3.9 of Reactive Streams)"));
            } else {
                demand = demand + count < 0 ? Long.MAX_VALUE : demand + count;
                proceed();
            }
        });
    }

    @Override
    public final void cancel() {
        ended = true;
        turns.execute(this::release);
    }

    /** Ends the subscription with an error at once. For any thread. */
    final void end(ImageException why) {
        turns.execute(() -> fail(why));
    }

    /** Starts a call, whose messages come when they are asked for. */
    final void begin(ClientCall<Q, R> made, Q request) {
        call = made;
        made.start(new Answers(made), new Metadata());
        made.sendMessage(request);
        made.halfClose();
        proceed();
    }

    /** Whether the subscriber asks for more. */
    final boolean wantsMore() {
        return demand > 0 && !ended;
    }

    /** Gives the subscriber what it asked for. */
    final void next(T element) {
        demand -= demand == Long.MAX_VALUE ? 0 : 1;
        signal(subscriber, to -> to.onNext(element));
    }

    /** Asks the call for a message, unless it was asked. One timer serves all messages that come in its time. */
    final void ask() {
        ClientCall<Q, R> current = call;
        if (current == null || asked || ended) {
            return;
        }
        asked = true;
        askedAt = System.nanoTime();
        if (timer == null) {
            later(patience, this::checkSilence);
        }
        current.request(1);
    }

    private void checkSilence() {
        long left = patience - (System.nanoTime() - askedAt);
        if (asked && left > 0) {
            later(left, this::checkSilence);
        } else if (asked) {
            silent();
        }
    }

    /** Cancels the call and the timer. */
    final void disconnect() {
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

    /** Runs a task after a pause, unless the subscription ends or disconnects before. */
    final void later(long nanos, Runnable task) {
        CompletableFuture<Void> made = Timers.pause(nanos);
        timer = made;
        made.thenRunAsync(
                        () -> turns.execute(() -> {
                            if (timer == made) {
                                timer = null;
                                task.run();
                            }
                        }),
                        Timers.THREADS)
                .whenComplete((done, error) -> {
                    if (error != null) {
                        turns.execute(() -> failLate(made, error));
                    }
                });
    }

    /** Ends the subscription because a task that is due has no thread. */
    private void failLate(CompletableFuture<Void> made, Throwable error) {
        if (timer == made) {
            timer = null;
            fail(new ImageException.ResourceExhausted(
                    "no thread can be started for the " + subject + ": " + error.getMessage(), error));
        }
    }

    final void complete() {
        finish(Flow.Subscriber::onComplete);
    }

    final void fail(Throwable why) {
        finish(to -> to.onError(why));
    }

    private void failFor(Throwable bug) {
        fail(
                bug instanceof ImageException known
                        ? known
                        : new ImageException.Internal("the " + subject + " failed: " + bug, bug));
    }

    private void finish(Consumer<Flow.Subscriber<? super T>> last) {
        if (!ended) {
            Flow.Subscriber<? super T> told = subscriber;
            release();
            signal(told, last);
        }
    }

    /** Nothing refers to the subscriber any more. */
    private void release() {
        ended = true;
        subscriber = null;
        disconnect();
        released();
    }

    /** A subscriber that throws has cancelled, as Reactive Streams say (rule 2.13). */
    private void signal(Flow.@Nullable Subscriber<? super T> to, Consumer<Flow.Subscriber<? super T>> signal) {
        if (to == null) {
            return;
        }
        try {
            signal.accept(to);
        } catch (Throwable e) { // whatever a subscriber throws must not stop the connection
            System.getLogger(CallSubscription.class.getName())
                    .log(Level.ERROR, "a subscriber threw an exception; its subscription ends", e);
            release();
        }
    }

    /** What comes from one call. */
    private final class Answers extends ClientCall.Listener<R> {
        private final ClientCall<Q, R> from;

        Answers(ClientCall<Q, R> from) {
            this.from = from;
        }

        @Override
        public void onMessage(R message) {
            turns.execute(() -> {
                if (call == from) {
                    asked = false;
                    received(message);
                }
            });
        }

        @Override
        public void onClose(Status status, Metadata trailers) {
            turns.execute(() -> {
                if (call == from) {
                    closed(status, trailers);
                }
            });
        }
    }
}
