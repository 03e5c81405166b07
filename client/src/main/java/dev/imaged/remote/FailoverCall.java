package dev.imaged.remote;

import dev.imaged.proto.v1.CatalogGrpc;
import io.grpc.Attributes;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.Context;
import io.grpc.Grpc;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.Status.Code;
import io.grpc.SynchronizationContext;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A call to the daemon in use, and to another one if it certainly was not carried out, or changes nothing. Once the first message of the
 * answer is here, it stays with its daemon. All that happens takes turns, on the threads of the connections and of the caller.
 */
final class FailoverCall<Q, R> extends ClientCall<Q, R> {
    /** How often a call is made whose daemons are lost. */
    private static final int MAX_ATTEMPTS = 4;

    /** How long to wait when a daemon answers that it is not available: another one is found by then. */
    private static final long PAUSE_MILLIS = 100;

    private final Failover failover;
    private final MethodDescriptor<Q, R> method;
    private final CallOptions options;
    private final boolean isSafe;

    /** That of the caller, which may cancel the call. */
    private final Context context = Context.current();

    private final SynchronizationContext turns = new SynchronizationContext((thread, bug) -> fail(bug));

    private @Nullable Listener<R> listener;
    private Metadata headers = new Metadata();

    /** What the caller sent, as long as it may have to be sent again. */
    private final List<Q> messages = new ArrayList<>();

    private boolean isHalfClosed;
    private int requested;

    /** Null while there is no daemon. */
    private volatile @Nullable ClientCall<Q, R> attempt;

    private int attempts;
    private boolean isRefused;

    /** Whether the first message of the answer has come. */
    private boolean isAnswered;

    private boolean isCancelled;
    private boolean isClosed;

    FailoverCall(Failover failover, MethodDescriptor<Q, R> method, CallOptions options) {
        this.failover = failover;
        this.method = method;
        this.options = options;
        this.isSafe = SafeMethods.contains(method);
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
        CompletableFuture<DaemonConnection> daemon = failover.current();
        daemon.whenComplete((found, error) -> turns.execute(() -> {
            if (isClosed) {
                return;
            } else if (error == null) {
                attempt(found);
            } else {
                closeWithoutDaemon(Status.fromThrowable(error));
            }
        }));
    }

    /** Closes the call on the executor of the caller, who may wait for the executor to have something to do. */
    private void closeWithoutDaemon(Status status) {
        Executor executor = options.getExecutor();
        Runnable close = () -> turns.execute(() -> close(status, new Metadata()));
        if (executor == null) {
            close.run();
        } else {
            executor.execute(close);
        }
    }

    private void attempt(DaemonConnection daemon) {
        attempts++;
        ClientCall<Q, R> made = newCall(daemon);
        attempt = made;
        Metadata copy = new Metadata(); // an attempt adds its own
        copy.merge(headers);
        daemon.waits();
        made.start(new Answers(made, daemon), copy);
        if (method.equals(CatalogGrpc.getWatchMethod())) {
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

    private ClientCall<Q, R> newCall(DaemonConnection daemon) {
        Context before = context.attach();
        try {
            return daemon.channel().newCall(method, options);
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
                closeWithoutDaemon(Status.CANCELLED.withDescription(message).withCause(cause));
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
        Listener<R> to = listener;
        if (!isClosed && to != null) {
            isClosed = true;
            messages.clear();
            to.onClose(status, trailers);
        }
    }

    /** A listener of the caller threw. */
    private void fail(Throwable bug) {
        cancel("the call failed: " + bug, bug);
        closeWithoutDaemon(Status.UNKNOWN.withDescription("the call failed: " + bug).withCause(bug));
    }

    private void ended(ClientCall<Q, R> made, DaemonConnection daemon, Status status, Metadata trailers) {
        boolean isTemporary = isTemporary(status.getCode());
        Status known = isTemporary ? explained(status, daemon) : status;
        boolean isLoss = status.getCode() != Code.CANCELLED && ConnectionErrors.isLoss(known);
        boolean isSent = made.getAttributes().get(Grpc.TRANSPORT_ATTR_REMOTE_ADDR) != null;
        if (isLoss) {
            daemon.lost(known);
        } else if (isTemporary) {
            failover.unavailable(daemon);
        }
        boolean isRepeated = isTemporary
                && !isAnswered
                && method.getType().clientSendsOneMessage()
                && (isLoss ? attempts < MAX_ATTEMPTS && (isSafe || !isSent) : isSafe && !isRefused);
        if (!isRepeated) {
            close(known, trailers);
            return;
        }
        attempt = null;
        if (isLoss) {
            begin();
        } else {
            isRefused = true;
            CompletableFuture.delayedExecutor(PAUSE_MILLIS, TimeUnit.MILLISECONDS)
                    .execute(() -> turns.execute(this::begin));
        }
    }

    private static Status explained(Status status, DaemonConnection daemon) {
        if (!daemon.loss().isOk()) {
            return daemon.loss();
        }
        return status.getCode() == Code.CANCELLED
                ? Status.UNAVAILABLE.withDescription(
                        ConnectionErrors.text(daemon.endpoint().address(), "it ended the call"))
                : status;
    }

    /** Whether another daemon may do better. One that ends cancels its calls. */
    private boolean isTemporary(Code code) {
        return code == Code.UNAVAILABLE || (code == Code.CANCELLED && !isCancelled && !context.isCancelled());
    }

    /** What one attempt brings. */
    private final class Answers extends Listener<R> {
        private final ClientCall<Q, R> made;
        private final DaemonConnection daemon;
        private @Nullable Metadata held;
        private boolean hasWaited;

        Answers(ClientCall<Q, R> made, DaemonConnection daemon) {
            this.made = made;
            this.daemon = daemon;
        }

        /** Holds them until it is certain that there is no other attempt. */
        @Override
        public void onHeaders(Metadata received) {
            turns.execute(() -> held = received);
        }

        @Override
        public void onMessage(R message) {
            heard();
            turns.execute(() -> {
                isAnswered = true;
                forget();
                Listener<R> to = listener;
                if (to != null && !isClosed) {
                    giveHeaders(to);
                    to.onMessage(message);
                }
            });
        }

        @Override
        public void onReady() {
            turns.execute(() -> {
                Listener<R> to = listener;
                if (to != null && !isClosed) {
                    to.onReady();
                }
            });
        }

        @Override
        public void onClose(Status status, Metadata trailers) {
            heard();
            daemon.ended(made);
            turns.execute(() -> {
                Listener<R> to = listener;
                if (status.isOk() && to != null && !isClosed) {
                    giveHeaders(to);
                }
                ended(made, daemon, status, trailers);
            });
        }

        private void giveHeaders(Listener<R> to) {
            Metadata received = held;
            held = null;
            if (received != null) {
                to.onHeaders(received);
            }
        }

        private void heard() {
            if (!hasWaited) {
                hasWaited = true;
                daemon.answered();
            } else {
                daemon.heard();
            }
        }
    }
}
