package dev.imaged.remote;

import dev.imaged.proto.health.v1.HealthCheckRequest;
import dev.imaged.proto.health.v1.HealthCheckResponse;
import dev.imaged.proto.health.v1.HealthCheckResponse.ServingStatus;
import dev.imaged.proto.health.v1.HealthGrpc;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptors;
import io.grpc.Context;
import io.grpc.Grpc;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A connection to one daemon, from its first attempt to its end. It hears from the daemon whether that serves. When calls wait and the
 * daemon sends nothing, it asks; a daemon that does not answer that either is lost, and all calls with it. Thread-safe.
 */
final class DaemonConnection {
    /** How often a daemon is checked for silence while calls wait. */
    private static final long CHECK_MILLIS = 200;

    /** How long to wait before the health is watched again, after a watch has ended. */
    private static final long REOPEN_MILLIS = 1000;

    /** Runs tasks later. */
    interface Later {
        void in(long millis, Runnable task);
    }

    /** What is known of a daemon. The last two are final. */
    enum State {
        CONNECTING,
        SERVING,
        NOT_SERVING,
        /** It cannot be reached any more. */
        LOST,
        /** The client uses another one. */
        RETIRED
    }

    private final Endpoints.Endpoint endpoint;
    private final ManagedChannel connection;
    private final Channel channel;
    private final @Nullable Duration maxSilence;
    private final Later later;
    private final Consumer<DaemonConnection> listener;
    private volatile State state = State.CONNECTING;

    /** Why it is lost. */
    private volatile Status loss = Status.OK;

    /**
     * The calls that wait for something from the daemon: all that have not ended, but for watches, which wait for their first event. Of the
     * only daemon just its watches are counted: the other calls are made without a word to this.
     */
    private final AtomicInteger waiting = new AtomicInteger();

    private final AtomicBoolean isCheckDue = new AtomicBoolean();
    private final AtomicBoolean isAsked = new AtomicBoolean();

    /** When the daemon sent something, or a call came to wait for it. */
    private volatile long heardAt = System.nanoTime();

    /** Whether the last call ended, at its deadline for example, without a word of the daemon. */
    private volatile boolean isSilent;

    /** The watch of its health. */
    private volatile @Nullable ClientCall<?, ?> health;

    /** The watches, which go on at another daemon once this one is retired. */
    private final Set<ClientCall<?, ?>> watches = ConcurrentHashMap.newKeySet();

    /**
     * Makes a connection; nothing is sent before {@link #open}.
     *
     * @param connection which this closes
     * @param maxSilence after which the daemon is lost, when calls wait; null for the only daemon, which is neither watched nor left
     * @param listener told of each new state, on any thread; it must not block
     */
    DaemonConnection(
            Endpoints.Endpoint endpoint,
            ManagedChannel connection,
            @Nullable Duration maxSilence,
            Later later,
            Consumer<DaemonConnection> listener) {
        this.endpoint = endpoint;
        this.connection = connection;
        this.channel = ClientInterceptors.intercept(connection, new ConnectionErrors(endpoint.toString()));
        this.maxSilence = maxSilence;
        this.later = later;
        this.listener = listener;
    }

    /** Connects, and asks the daemon to tell whether it serves. The only daemon is connected to at the first call. */
    void open() {
        if (isOnly()) {
            to(State.SERVING);
            return;
        }
        ClientCall<?, ?> watch = call(HealthGrpc.getWatchMethod(), CallOptions.DEFAULT, this::told, this::untold);
        health = watch;
        if (isRetired()) {
            end(watch);
        }
    }

    /** The watch of its health has ended. */
    private void untold(Status status, boolean isSent) {
        if (!isSent) {
            unreachable(status);
            return;
        } else if (ConnectionErrors.isLoss(status)) {
            lost(status);
            return;
        } else if (state == State.CONNECTING) {
            to(State.SERVING); // it answers, and does not tell its health
        }
        if (status.getCode() != Status.Code.UNIMPLEMENTED && !isRetired()) {
            later.in(REOPEN_MILLIS, this::openAgain);
        }
    }

    private void openAgain() {
        if (!isRetired()) {
            open();
        }
    }

    private void told(HealthCheckResponse response) {
        heard();
        to(response.getStatus() == ServingStatus.NOT_SERVING ? State.NOT_SERVING : State.SERVING);
    }

    /** Whether this is the only daemon. Then only its calls show whether it answers. */
    boolean isOnly() {
        return maxSilence == null;
    }

    Endpoints.Endpoint endpoint() {
        return endpoint;
    }

    /** Where calls to the daemon are made. */
    Channel channel() {
        return channel;
    }

    State state() {
        return state;
    }

    /** Why it is lost; OK if it is not. */
    Status loss() {
        return loss;
    }

    private void to(State next) {
        synchronized (this) {
            if (state == State.LOST || state == State.RETIRED || state == next) {
                return;
            }
            state = next;
        }
        listener.accept(this);
    }

    /** Has all calls end: the daemon does not answer them any more. */
    void lost(Status why) {
        loseFor(why);
        connection.shutdownNow();
    }

    /** Takes no more calls: a new connection failed. Calls on the former one may go on, because a daemon that stops still answers them. */
    void unreachable(Status why) {
        loseFor(why);
        connection.shutdown();
        endWatches();
    }

    private void loseFor(Status why) {
        synchronized (this) {
            loss = loss.isOk() ? why : loss;
        }
        to(State.LOST);
    }

    /**
     * Lets the calls in flight end, but for watches, which end now. The daemon may still serve; if it falls silent, its calls end. Those
     * of an only daemon wait for their deadlines then.
     */
    void retire() {
        to(State.RETIRED);
        endWatches();
        shutDownAtLastAnswer();
    }

    /** A channel that is shut down can ask nothing any more, so it stays open while calls wait. */
    private void shutDownAtLastAnswer() {
        if (isRetired() && waiting.get() == 0) {
            connection.shutdown();
        }
    }

    /** Whether the daemon is not used any more. */
    boolean isRetired() {
        return state == State.RETIRED || state == State.LOST;
    }

    /** Whether all of its calls have ended, after it was retired. */
    boolean hasEnded() {
        return connection.isTerminated();
    }

    /** Ends all calls now. */
    void close() {
        to(State.RETIRED);
        connection.shutdownNow();
    }

    /** Refuses new calls, and ends watches. */
    void shutDown() {
        to(State.RETIRED);
        connection.shutdown();
        endWatches();
    }

    /** Waits for the calls in flight, and ends them after so many nanoseconds. */
    void awaitEnd(long nanos) throws InterruptedException {
        if (!connection.awaitTermination(nanos, TimeUnit.NANOSECONDS)) {
            connection.shutdownNow();
        }
    }

    private void endWatches() {
        ClientCall<?, ?> watch = health;
        if (watch != null) {
            end(watch);
        }
        watches.forEach(DaemonConnection::end);
    }

    /** Notes a watch that has started. */
    void watching(ClientCall<?, ?> watch) {
        watches.add(watch);
        if (isRetired()) {
            end(watch);
        }
    }

    private static void end(ClientCall<?, ?> watch) {
        watch.cancel("the client goes on at another daemon", null);
    }

    /** Forgets a call that has ended. */
    void ended(ClientCall<?, ?> call) {
        watches.remove(call);
    }

    /** Notes that a call is about to wait for the daemon; returns false if the daemon takes no more calls. */
    boolean waits() {
        if (waiting.getAndIncrement() == 0) {
            if (!isSilent) {
                heardAt = System.nanoTime();
            }
            checkSilenceLater();
        }
        if (isRetired()) {
            answered();
            return false;
        }
        return true;
    }

    /** Notes that a call waits no longer. */
    void answered() {
        waiting.decrementAndGet();
        shutDownAtLastAnswer();
    }

    /** Notes that the daemon sent something. */
    void heard() {
        isSilent = false;
        heardAt = System.nanoTime();
    }

    /** Notes that a call ends, at its deadline for example, without a word of the daemon. It is asked soon even if no other call waits. */
    void notHeard() {
        isSilent = true;
        checkSilenceLater();
    }

    private void checkSilenceLater() {
        if (!isOnly() && isCheckDue.compareAndSet(false, true)) {
            later.in(CHECK_MILLIS, this::checkSilence);
        }
    }

    private void checkSilence() {
        isCheckDue.set(false);
        Duration longest = maxSilence;
        boolean isIdle = waiting.get() == 0 && (!isSilent || isRetired());
        if (longest == null || isIdle || state == State.LOST) {
            return;
        }
        if (System.nanoTime() - heardAt > longest.toNanos() / 3 && isAsked.compareAndSet(false, true)) {
            ask(longest);
        }
        checkSilenceLater();
    }

    private void ask(Duration longest) {
        long patience = longest.toNanos() / 2;
        long askedAt = System.nanoTime();
        CallOptions options = CallOptions.DEFAULT.withDeadlineAfter(patience, TimeUnit.NANOSECONDS);
        call(HealthGrpc.getCheckMethod(), options, answer -> {}, (status, isSent) -> {
            long now = System.nanoTime();
            isAsked.set(false);
            if (status.getCode() == Status.Code.DEADLINE_EXCEEDED) {
                // When the deadline came late, it was this process that stood still: ask again.
                boolean isLate = now - askedAt > patience + TimeUnit.MILLISECONDS.toNanos(CHECK_MILLIS);
                if (heardAt - askedAt <= 0 && !isLate) {
                    lost(Status.UNAVAILABLE.withDescription(ConnectionErrors.text(
                            endpoint.toString(), "it sent nothing for " + longest.toMillis() + " ms")));
                }
            } else if (ConnectionErrors.isLoss(status) && isSent) {
                lost(status);
            } else if (ConnectionErrors.isLoss(status)) {
                unreachable(status);
            } else {
                heard();
            }
        });
    }

    /** Makes a call that no caller ends with its context: the connection is for all. */
    private <R> ClientCall<HealthCheckRequest, R> newCall(
            MethodDescriptor<HealthCheckRequest, R> method, CallOptions options) {
        Context before = Context.ROOT.attach();
        try {
            return channel.newCall(method, options);
        } finally {
            Context.ROOT.detach(before);
        }
    }

    private <R> ClientCall<HealthCheckRequest, R> call(
            MethodDescriptor<HealthCheckRequest, R> method,
            CallOptions options,
            Consumer<R> message,
            BiConsumer<Status, Boolean> end) {
        ClientCall<HealthCheckRequest, R> call = newCall(method, options.withExecutor(Runnable::run));
        call.start(
                new ClientCall.Listener<>() {
                    @Override
                    public void onMessage(R response) {
                        message.accept(response);
                        call.request(1);
                    }

                    @Override
                    public void onClose(Status status, Metadata trailers) {
                        end.accept(status, call.getAttributes().get(Grpc.TRANSPORT_ATTR_REMOTE_ADDR) != null);
                    }
                },
                new Metadata());
        call.request(2);
        call.sendMessage(HealthCheckRequest.getDefaultInstance());
        call.halfClose();
        return call;
    }
}
