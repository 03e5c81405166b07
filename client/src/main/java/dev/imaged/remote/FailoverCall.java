package dev.imaged.remote;

import dev.imaged.internal.wire.GrpcErrors;
import dev.imaged.proto.v1.CatalogGrpc;
import io.grpc.Attributes;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.Deadline;
import io.grpc.Grpc;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.Status.Code;
import io.grpc.SynchronizationContext;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A call to the daemon in use. It goes to another daemon if it certainly was not carried out, or changes nothing. Once the first message
 * of the answer is here, it stays with its daemon. What happens to the call takes turns, on any thread; its listener is called on the
 * executor of its options, because a caller may wait for that executor to have something to do.
 */
final class FailoverCall<Q, R> extends ClientCall<Q, R> {
    /** How many daemons a call is sent to at most, when one after the other is lost. */
    private static final int MAX_ATTEMPTS = 4;

    /** How long to wait before a call that a daemon refused is sent again, when no other daemon is searched for. */
    private static final long PAUSE_MILLIS = 100;

    /** How long to wait for another daemon before the call is sent again. */
    private static final long MAX_PAUSE_MILLIS = 1000;

    /** The reasons of a daemon that does not serve, or is far behind the others. */
    private static final Set<String> ILLNESSES = Set.of("NOT_SERVING", "VIEW_BEHIND");

    private final Failover failover;
    private final MethodDescriptor<Q, R> method;
    private final CallOptions options;
    private final boolean isSafe;

    /** The context of the caller, who may cancel the call with it. */
    private final Context context = Context.current();

    private final SynchronizationContext turns = new SynchronizationContext((thread, bug) -> fail(bug));

    /** Calls the listener. */
    private final Executor callbacks;

    /** Whether the call had to wait for a daemon, so that its deadline and its context are watched. */
    private boolean isWatched;

    private @Nullable Future<?> deadlineTimer;

    private @Nullable Listener<R> listener;
    private Metadata headers = new Metadata();

    /** What the caller sent, as long as it may have to be sent again. */
    private final List<Q> messages = new ArrayList<>();

    private boolean isHalfClosed;
    private int requested;

    /** The call to the daemon; null before a daemon is found, and between two attempts. */
    private volatile @Nullable ClientCall<Q, R> attempt;

    private int attempts;

    /** Whether it was sent again after a daemon refused it, which happens once. */
    private boolean isRefused;

    /** Whether the first message of the answer has come. */
    private boolean isAnswered;

    private boolean isCancelled;
    private boolean isClosed;

    /** Ends the call when its context is cancelled before a daemon has it. */
    private final Context.CancellationListener cancellation = by -> turns.execute(() -> {
        if (attempt == null) {
            close(Contexts.statusFromCancelled(by), new Metadata());
        }
    });

    FailoverCall(Failover failover, MethodDescriptor<Q, R> method, CallOptions options) {
        this.failover = failover;
        this.method = method;
        this.options = options;
        this.isSafe = SafeMethods.contains(method);
        Executor threads = options.getExecutor();
        this.callbacks = new SequentialExecutor(
                threads == null ? failover.threads() : threads, bug -> turns.execute(() -> fail(bug)));
    }

    @Override
    public void start(Listener<R> to, Metadata with) {
        turns.execute(() -> {
            listener = to;
            headers = with;
            begin();
        });
    }

    private void begin() {
        if (isClosed) {
            return;
        }
        CompletableFuture<DaemonConnection> daemon = failover.current();
        if (!daemon.isDone()) {
            watchDeadline();
        }
        daemon.whenCompleteAsync(
                (found, error) -> turns.execute(() -> {
                    if (isClosed) {
                        return;
                    } else if (error == null) {
                        attempt(found);
                    } else {
                        close(Status.fromThrowable(error), new Metadata());
                    }
                }),
                daemon.isDone() ? Runnable::run : failover.threads());
    }

    /** Takes a turn later, away from the timers' thread, because the executor of a caller may call its listener at once. */
    private Future<?> later(long millis, Runnable turn) {
        return failover.later(millis, () -> failover.threads().execute(() -> turns.execute(turn)));
    }

    /** Sees to it that the call ends at its deadline even if no daemon is found. */
    private void watchDeadline() {
        Deadline deadline = options.getDeadline();
        if (!isWatched && !isClosed) {
            context.addListener(cancellation, Runnable::run);
            isWatched = true;
            if (deadline != null) {
                long millis = Math.max(0, deadline.timeRemaining(TimeUnit.MILLISECONDS) + 1);
                deadlineTimer = later(millis, this::endAtDeadline);
            }
        }
    }

    private void endAtDeadline() {
        if (attempt == null) {
            close(
                    Status.DEADLINE_EXCEEDED.withDescription("no answer from " + failover.endpoints()
                            + " before the deadline: there was no connection yet"),
                    new Metadata());
        }
    }

    private void attempt(DaemonConnection daemon) {
        attempts++;
        if (!daemon.waits()) {
            failover.changed(daemon); // which may not have heard of its loss yet
            tryAnother(daemon.loss().isOk() ? ended(daemon) : daemon.loss(), new Metadata());
            return;
        }
        ClientCall<Q, R> made = start(daemon);
        attempt = made;
        if (isWatch()) {
            daemon.watching(made);
        }
        if (requested > 0) {
            made.request(requested);
        }
        messages.forEach(made::sendMessage);
        if (isHalfClosed) {
            made.halfClose();
        }
        forget();
    }

    private boolean isWatch() {
        return isWatch(method);
    }

    /** Whether a method has no end, and may have nothing to tell for long. */
    static boolean isWatch(MethodDescriptor<?, ?> method) {
        return method.equals(CatalogGrpc.getWatchMethod());
    }

    /** Sends the call to another daemon, unless too many have failed. */
    private void tryAnother(Status failure, Metadata trailers) {
        if (attempts < MAX_ATTEMPTS) {
            begin();
        } else {
            close(failure, trailers);
        }
    }

    private ClientCall<Q, R> start(DaemonConnection daemon) {
        try {
            ClientCall<Q, R> made = newCall(daemon);
            Metadata copy = new Metadata(); // an attempt adds its own
            copy.merge(headers);
            made.start(new Answers(made, daemon), copy);
            return made;
        } catch (Throwable bug) { // the call will not end
            daemon.answered();
            throw bug;
        }
    }

    private ClientCall<Q, R> newCall(DaemonConnection daemon) {
        Context before = context.attach();
        try {
            return daemon.channel().newCall(method, options.withExecutor(Runnable::run));
        } finally {
            context.detach(before);
        }
    }

    /** A stream of requests is sent once. */
    private void forget() {
        if (attempt != null && (isAnswered || !method.getType().clientSendsOneMessage())) {
            messages.clear();
        }
    }

    @Override
    public void request(int count) {
        turns.execute(() -> {
            requested += isAnswered ? 0 : count;
            ClientCall<Q, R> made = attempt;
            if (made != null) {
                made.request(count);
            }
        });
    }

    @Override
    public void sendMessage(Q message) {
        turns.execute(() -> {
            messages.add(message);
            ClientCall<Q, R> made = attempt;
            if (made != null) {
                made.sendMessage(message);
            }
            forget();
        });
    }

    @Override
    public void halfClose() {
        turns.execute(() -> {
            isHalfClosed = true;
            ClientCall<Q, R> made = attempt;
            if (made != null) {
                made.halfClose();
            }
        });
    }

    @Override
    public void cancel(@Nullable String message, @Nullable Throwable cause) {
        turns.execute(() -> {
            ClientCall<Q, R> made = attempt;
            if (made == null) {
                close(Status.CANCELLED.withDescription(message).withCause(cause), new Metadata());
            } else {
                isCancelled = true;
                made.cancel(message, cause);
            }
        });
    }

    @Override
    public boolean isReady() {
        ClientCall<Q, R> made = attempt;
        return made != null && made.isReady();
    }

    @Override
    public Attributes getAttributes() {
        ClientCall<Q, R> made = attempt;
        return made == null ? Attributes.EMPTY : made.getAttributes();
    }

    private void close(Status status, Metadata trailers) {
        if (isClosed) {
            return;
        }
        isClosed = true;
        messages.clear();
        context.removeListener(cancellation);
        if (deadlineTimer != null) {
            deadlineTimer.cancel(false);
        }
        tell(to -> to.onClose(status, trailers));
    }

    /** Calls the listener later, after what it was told before. */
    private void tell(Consumer<Listener<R>> what) {
        Listener<R> to = listener;
        if (to != null) {
            callbacks.execute(context.wrap(() -> what.accept(to)));
        }
    }

    /** The listener of the caller threw, or there is a mistake here. */
    private void fail(Throwable bug) {
        ClientCall<Q, R> made = attempt;
        if (made != null) {
            made.cancel("the call failed: " + bug, bug);
        }
        close(Status.UNKNOWN.withDescription("the call failed: " + bug).withCause(bug), new Metadata());
    }

    private void ended(ClientCall<Q, R> made, DaemonConnection daemon, Status status, Metadata trailers) {
        if (isClosed) {
            return;
        }
        boolean isForCaller = daemon.isOnly() && !daemon.isRetired();
        if (isCancelled || context.isCancelled() || isForCaller || !isTemporary(status.getCode())) {
            close(status, trailers);
            return;
        }
        Status known = explained(status, daemon);
        boolean isLoss = status.getCode() != Code.CANCELLED && ConnectionErrors.isLoss(known);
        boolean isSent = made.getAttributes().get(Grpc.TRANSPORT_ATTR_REMOTE_ADDR) != null;
        boolean isIll = isDaemonIll(status, trailers);
        CompletableFuture<?> search = isIll ? failover.unavailable(daemon) : null;
        if (isLoss && isSent) {
            daemon.lost(known);
        } else if (isLoss) {
            daemon.unreachable(known);
        }
        boolean isGone = isLoss || (!isSent && daemon.isRetired()); // the call came too late for the daemon
        boolean isRepeatable = !isAnswered && method.getType().clientSendsOneMessage() && (isSafe || !isSent);
        if (isRepeatable && isGone) {
            attempt = null;
            tryAnother(known, trailers);
        } else if (isRepeatable && !isRefused && (isIll || status.getCode() == Code.CANCELLED)) {
            attempt = null;
            isRefused = true;
            watchDeadline();
            beginAfter(search);
        } else {
            close(known, trailers);
        }
    }

    /** Sends the call again once the search for another daemon has ended, or after a pause. */
    private void beginAfter(@Nullable CompletableFuture<?> search) {
        if (search == null || search.isDone()) {
            later(PAUSE_MILLIS, this::begin);
        } else {
            search.handle((found, error) -> "")
                    .completeOnTimeout("", MAX_PAUSE_MILLIS, TimeUnit.MILLISECONDS)
                    .thenRunAsync(() -> turns.execute(this::begin), failover.threads());
        }
    }

    private static Status explained(Status status, DaemonConnection daemon) {
        if (!daemon.loss().isOk() && !ConnectionErrors.isLoss(status)) {
            return daemon.loss();
        }
        return status.getCode() == Code.CANCELLED ? ended(daemon) : status;
    }

    private static Status ended(DaemonConnection daemon) {
        return Status.UNAVAILABLE.withDescription(
                ConnectionErrors.text(daemon.endpoint().toString(), "it ended the call"));
    }

    /** Whether a daemon says that it is ill itself, and not only that it cannot do this call now. */
    private static boolean isDaemonIll(Status status, Metadata trailers) {
        return status.getCode() == Code.UNAVAILABLE
                && ILLNESSES.contains(GrpcErrors.fromCall(status, trailers).reason());
    }

    /** Whether a call may have ended so without a word of its daemon. */
    private static boolean mayBeOfClient(Status status) {
        return status.getCode() == Code.DEADLINE_EXCEEDED
                || status.getCode() == Code.CANCELLED
                || ConnectionErrors.isLoss(status);
    }

    /** Whether another daemon may do better. One that ends cancels its calls. */
    private static boolean isTemporary(Code code) {
        return code == Code.UNAVAILABLE || code == Code.CANCELLED;
    }

    /** What one attempt brings. */
    private final class Answers extends Listener<R> {
        private final ClientCall<Q, R> made;
        private final DaemonConnection daemon;
        private @Nullable Metadata held;
        private boolean isAwaited = true;
        private boolean isHeard;

        Answers(ClientCall<Q, R> made, DaemonConnection daemon) {
            this.made = made;
            this.daemon = daemon;
        }

        /** Keeps the headers until a message or the end comes: until then, another attempt may replace this one. */
        @Override
        public void onHeaders(Metadata received) {
            heard();
            turns.execute(() -> held = received);
        }

        @Override
        public void onMessage(R message) {
            heard();
            if (isWatch()) {
                answered(); // it may have nothing to tell for long
            }
            turns.execute(() -> {
                isAnswered = true;
                forget();
                if (!isClosed) {
                    giveHeaders();
                    tell(to -> to.onMessage(message));
                }
            });
        }

        @Override
        public void onReady() {
            turns.execute(() -> {
                if (!isClosed) {
                    tell(Listener::onReady);
                }
            });
        }

        @Override
        public void onClose(Status status, Metadata trailers) {
            if (!mayBeOfClient(status)) {
                heard();
            } else if (!isHeard) {
                daemon.notHeard();
            }
            answered();
            daemon.ended(made);
            turns.execute(() -> {
                if (status.isOk() && !isClosed) {
                    giveHeaders();
                }
                ended(made, daemon, status, trailers);
            });
        }

        private void giveHeaders() {
            Metadata received = held;
            held = null;
            if (received != null) {
                tell(to -> to.onHeaders(received));
            }
        }

        private void heard() {
            isHeard = true;
            daemon.heard();
        }

        /** Notes that the call waits for no more. */
        private void answered() {
            if (isAwaited) {
                isAwaited = false;
                daemon.answered();
            }
        }
    }
}
