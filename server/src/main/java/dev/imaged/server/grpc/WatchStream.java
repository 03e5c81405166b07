package dev.imaged.server.grpc;

import com.google.protobuf.ByteString;
import dev.imaged.errors.ImageException;
import dev.imaged.internal.wire.GrpcErrors;
import dev.imaged.server.admission.CallAccount;
import dev.imaged.server.engine.Cancellation;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.Status;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers a call with what happens, until one end stops. While nothing happens, or while the caller takes nothing, it occupies no thread,
 * and its caller's slowness takes no memory but that of the last message. Thread-safe.
 */
final class WatchStream implements Runnable, StreamHandler.AnswerStream {
    private static final Logger log = LoggerFactory.getLogger(WatchStream.class);

    /** After how many bytes that wait for the caller no more are sent. */
    private static final int WAITING_BYTES = 4096;

    /** After how many messages it is the turn of other watches. */
    private static final int MESSAGES_IN_A_ROW = 8;

    private final ServerCall<?, ByteString> call;
    private final CallAccount account;
    private final WatchStreams watches;
    private final Duration maxTime;
    private final Source source;

    /** When a message was sent last, in nanoseconds. */
    private volatile long sentAt = System.nanoTime();

    private State state = State.IDLE;
    private boolean headersSent;
    private boolean delayed;

    /** Whether there was too little memory for the next message. */
    private volatile boolean starved;

    private volatile boolean ended;

    private enum State {
        IDLE,
        RUNNING,
        /** Running, and to run again: something happened meanwhile. */
        AGAIN
    }

    /** Makes the messages of a watch; for one thread at a time, unless a method says otherwise. */
    interface Source extends AutoCloseable {
        /**
         * Returns the next message, null when there is none now.
         *
         * @param isDue whether a message has to be sent even if nothing happened
         * @param wake to be called when there is a message again, on any thread
         */
        @Nullable
        ByteString next(boolean isDue, Runnable wake, Cancellation cancellation);

        /** Whether there may be a message. */
        boolean hasNext();

        /** Whether it cannot go on from where it stands. On any thread. */
        boolean isLost();

        /** Returns the longest time without a message. On any thread. */
        Duration interval();

        /** Returns how long a message may wait for more to share it with. On any thread. */
        Duration delay();

        @Override
        void close();
    }

    /** @param maxTime how long a message may take to be made */
    private WatchStream(
            ServerCall<?, ByteString> call,
            CallAccount account,
            WatchStreams watches,
            Duration maxTime,
            Source source) {
        this.call = call;
        this.account = account;
        this.watches = watches;
        this.maxTime = maxTime;
        this.source = source;
    }

    /**
     * Takes a watch, which starts with {@link #ready}. The caller gets the headers as soon as nothing that happens is missed any more.
     *
     * @throws ImageException when there are too many watches, or the daemon stops
     */
    static WatchStream open(
            ServerCall<?, ByteString> call,
            CallAccount account,
            WatchStreams watches,
            Duration maxTime,
            Source source) {
        WatchStream stream = new WatchStream(call, account, watches, maxTime, source);
        watches.add(stream);
        account.working();
        call.setOnReadyThreshold(WAITING_BYTES);
        return stream;
    }

    @Override
    public void ready() {
        schedule();
    }

    @Override
    public void cancelled() {
        ended = true;
        watches.remove(this);
        schedule(); // to close the source
    }

    /** Says that something happened. */
    private void wake() {
        Duration delay = source.delay();
        if (delay.isZero()) {
            schedule();
        } else if (startDelay()) {
            watches.later(this::endDelay, delay);
        }
    }

    private synchronized boolean startDelay() {
        boolean starts = !delayed;
        delayed = true;
        return starts;
    }

    private void endDelay() {
        synchronized (this) {
            delayed = false;
        }
        schedule();
    }

    /** Tells the watch the time, in nanoseconds. */
    void tick(long now) {
        if (((starved || isDue(now)) && call.isReady()) || source.isLost()) {
            schedule();
        }
    }

    /** Whether the next tick may come too late for a message. */
    private boolean isDue(long now) {
        return now - sentAt
                >= source.interval()
                        .minus(WatchStreams.TICK)
                        .minus(WatchStreams.TICK)
                        .toNanos();
    }

    private void schedule() {
        synchronized (this) {
            if (state != State.IDLE) {
                state = State.AGAIN;
                return;
            }
            state = State.RUNNING;
        }
        watches.execute(this);
    }

    @Override
    public void run() {
        try {
            serve();
        } catch (ImageException e) {
            fail(e);
        } catch (RuntimeException | Error e) {
            log.error("a watch failed", e);
            end(Status.INTERNAL.withDescription("the call failed: " + e), new Metadata());
        }
        if (ended) {
            source.close();
            account.done();
            return; // still RUNNING, so that it does not run again
        }
        synchronized (this) {
            if (state == State.RUNNING) {
                state = State.IDLE;
                return;
            }
            state = State.RUNNING;
        }
        watches.execute(this);
    }

    private void serve() {
        Cancellation cancellation = new ListCancellation(call::isCancelled, maxTime);
        for (int sent = 0; sent < MESSAGES_IN_A_ROW && !ended; sent++) {
            boolean isReady = call.isReady();
            if (isReady) {
                account.giveResponses();
            }
            boolean hasRoom = isReady && account.takeResponse(PulledStream.MESSAGE_BYTES);
            starved = isReady && !hasRoom;
            if (!hasRoom && !source.isLost()) {
                return;
            }
            boolean isDue = isDue(System.nanoTime());
            ByteString message = source.next(isDue, this::wake, cancellation);
            sendHeaders();
            if (message == null) {
                account.giveResponses();
                if (!source.hasNext()) {
                    return;
                }
            } else {
                requireRoom(message.size());
                send(message);
            }
        }
        schedule(); // there may be more
    }

    /** Ends a watch whose message is larger than most and has no room: to keep it would take the room as well. */
    private void requireRoom(int size) {
        long more = (long) size - PulledStream.MESSAGE_BYTES;
        if (more > 0 && !account.takeResponse(more)) {
            throw new ImageException.Unavailable(
                            "the memory for unread responses is used up: watch again from the last position", null)
                    .withReason("RECONNECT", Map.of());
        }
    }

    private synchronized void sendHeaders() {
        if (!headersSent && !ended && !call.isCancelled()) {
            headersSent = true;
            call.sendHeaders(new Metadata());
        }
    }

    private synchronized void send(ByteString message) {
        if (ended || call.isCancelled()) {
            return;
        }
        call.sendMessage(message);
        sentAt = System.nanoTime();
        account.giveResponses();
        if (!call.isReady()) {
            account.takeResponse(message.size());
        }
    }

    /** Ends the watch with an error. */
    void fail(ImageException error) {
        end(GrpcErrors.toStatus(error), GrpcErrors.trailers(error));
    }

    private void end(Status status, Metadata trailers) {
        synchronized (this) {
            if (!ended && !call.isCancelled()) {
                call.close(status, trailers);
            }
            ended = true;
        }
        watches.remove(this);
        schedule();
    }
}
