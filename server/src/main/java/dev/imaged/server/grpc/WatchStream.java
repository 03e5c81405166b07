package dev.imaged.server.grpc;

import com.google.protobuf.ByteString;
import com.google.protobuf.MessageLite;
import dev.imaged.errors.ImageException;
import dev.imaged.errors.ImageException.ResourceExhausted;
import dev.imaged.internal.wire.GrpcErrors;
import dev.imaged.server.admission.CallAccount;
import dev.imaged.server.admission.ListExecutor;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.Status;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers a call with what happens, until one end stops. While nothing happens, or while the caller takes nothing, it occupies no thread,
 * and its caller's slowness takes no memory but that of the last message. Thread-safe.
 */
final class WatchStream implements ListExecutor.ListTask, StreamHandler.AnswerStream {
    private static final Logger log = LoggerFactory.getLogger(WatchStream.class);

    /** About the memory of a request that is kept for as long as its watch. */
    private static final int MAX_REQUEST_BYTES = 64 * 1024;

    /** After how many bytes that wait for the caller no more are sent: a message in a buffer takes some KiB, however small it is. */
    private static final int WAITING_BYTES = 1;

    /** About the memory of a message that only tells the position. */
    private static final int PROGRESS_BYTES = 1024;

    /** The part of the interval that a message may be early if nothing happens. */
    private static final int MOST_EARLY = 4;

    /** After how many messages it is the turn of other watches. */
    private static final int MESSAGES_IN_A_ROW = 8;

    private final ServerCall<?, ByteString> call;
    private final CallAccount account;
    private final WatchStreams watches;
    private final ListExecutor lists;
    private final Duration maxTime;
    private final WatchSource source;

    /** When a message was sent last, in nanoseconds. */
    private volatile long sentAt = System.nanoTime();

    /** How many nanoseconds before it is due the next message is sent if nothing happens. */
    private volatile long early;

    private State state = State.IDLE;
    private boolean headersSent;
    private boolean delayed;

    /** Whether there was too little memory for the next message. */
    private volatile boolean starved;

    /** Whether a step took too long for the threads of watches, and each turn since then took long, too. */
    private volatile boolean slow;

    /** Whether there was more behind the last message; true at the start. */
    private volatile boolean behind = true;

    /** Whether it has had a turn: from then on it is not refused when too many lists wait. */
    private volatile boolean begun;

    /** Whether there was more to send when the caller took nothing. */
    private volatile boolean waitsForCaller = true;

    private volatile boolean ended;

    private enum State {
        IDLE,
        /** It waits for a thread. */
        WAITING,
        RUNNING,
        /** Running, and to run again: something happened meanwhile. */
        AGAIN,
        /** It has ended, and holds nothing any more. */
        RELEASED
    }

    /** @param maxTime how long a message may take to be made */
    private WatchStream(
            ServerCall<?, ByteString> call,
            CallAccount account,
            WatchStreams watches,
            ListExecutor lists,
            Duration maxTime,
            WatchSource source) {
        this.call = call;
        this.account = account;
        this.watches = watches;
        this.lists = lists;
        this.maxTime = maxTime;
        this.source = source;
        this.early = anyPart(source.interval());
    }

    /** Returns a part of an interval, another for each message: watches that begin together are not to send all together. */
    private static long anyPart(Duration interval) {
        return ThreadLocalRandom.current().nextLong(1 + interval.toNanos() / MOST_EARLY);
    }

    /**
     * Takes a watch, which starts with {@link #ready}. The caller gets the headers as soon as nothing that happens is missed any more.
     *
     * @param lists runs what takes too long for the threads of watches
     * @param maxTime how long a message may take to be made
     * @throws ImageException when there are too many watches, or the daemon stops
     */
    static WatchStream open(
            ServerCall<?, ByteString> call,
            CallAccount account,
            WatchStreams watches,
            ListExecutor lists,
            Duration maxTime,
            WatchSource source) {
        WatchStream stream = new WatchStream(call, account, watches, lists, maxTime, source);
        if (!account.takeWatchPlace()) {
            throw tooMany("too many watches of this connection, or of all: try again later");
        }
        try {
            watches.add(stream);
        } catch (ImageException e) {
            account.done();
            throw e;
        }
        account.working();
        account.keeps();
        call.setOnReadyThreshold(WAITING_BYTES);
        return stream;
    }

    static ResourceExhausted tooMany(String message) {
        return (ResourceExhausted) new ResourceExhausted(message, null).withReason("TOO_MANY_WATCHES", Map.of());
    }

    /** @throws ResourceExhausted when a request is larger than is kept for as long as a watch lasts */
    static void requireSmall(MessageLite request) {
        if (request.getSerializedSize() > MAX_REQUEST_BYTES) {
            throw ResourceExhausted.tooLarge(
                    "the request of a watch has " + request.getSerializedSize() + " bytes, more than the maximum of "
                            + MAX_REQUEST_BYTES + " bytes",
                    null);
        }
    }

    /** The caller has read all that was sent. */
    @Override
    public void ready() {
        giveResponses();
        if (waitsForCaller) {
            schedule();
        }
    }

    @Override
    public void cancelled() {
        ended = true;
        watches.remove(this);
        releaseSoon();
    }

    /** Returns the memory of what the caller has read, unless it is for a message that is being made. */
    private synchronized void giveResponses() {
        if (state != State.RUNNING && state != State.AGAIN && call.isReady()) {
            account.giveResponses();
        }
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

    private synchronized boolean isDelayed() {
        return delayed;
    }

    private void endDelay() {
        synchronized (this) {
            delayed = false;
        }
        schedule();
    }

    /** Tells the watch the time, in nanoseconds. */
    void tick(long now) {
        boolean isDue = isDue(now);
        if (isDue && isOnListThread()) {
            sayAlive();
        }
        if (((starved || isDue) && call.isReady()) || source.isLost()) {
            schedule();
        }
    }

    /** Sends a sign of life while the watch waits for a list thread, which may take longer than its caller waits for a message. */
    private synchronized void sayAlive() {
        if (state != State.WAITING || !call.isReady()) {
            return;
        }
        account.giveResponses();
        ByteString message = source.signOfLife();
        if (message != null && account.prepareResponse(message.size())) {
            sendHeaders();
            send(message);
        }
    }

    /** Whether the next tick may come too late for a message. */
    private boolean isDue(long now) {
        return now - sentAt
                >= source.interval()
                        .minus(WatchStreams.TICK)
                        .minus(WatchStreams.TICK)
                        .minusNanos(early)
                        .toNanos();
    }

    private void schedule() {
        synchronized (this) {
            if (state == State.RUNNING) {
                state = State.AGAIN;
            }
            if (state != State.IDLE) {
                return;
            }
            state = State.WAITING;
        }
        takeTurn();
    }

    /** Runs soon: on a list thread if that takes long. */
    private void takeTurn() {
        if (ended || !isOnListThread()) {
            watches.execute(this);
            return;
        }
        try {
            if (begun) {
                lists.resume(this);
            } else {
                begin();
            }
            if (ended) { // meanwhile
                lists.withdraw(this);
            }
        } catch (ImageException e) {
            fail(e);
        }
    }

    /** Waits for the first turn, if that is on a list thread, or is refused. */
    private void begin() {
        if (!account.takeListPlace()) {
            throw ResourceExhausted.tooBusy("too many lists wait already: try again later", null);
        }
        lists.execute(this);
    }

    private boolean isOnListThread() {
        return slow || source.isList();
    }

    @Override
    public void run() {
        synchronized (this) {
            if (state != State.WAITING) {
                return; // it ended while it waited for this thread, and was released on another
            }
            state = State.RUNNING;
        }
        begun = true;
        try {
            serve();
        } catch (WatchTurn.TooLong e) {
            slow = true;
            again();
        } catch (ImageException e) {
            fail(e);
        } catch (RuntimeException | Error e) {
            log.error("a watch failed", e);
            end(Status.INTERNAL.withDescription("the call failed: " + e), new Metadata());
        }
        account.leaveQueue();
        State next = endTurn();
        if (next == State.RELEASED) {
            source.close();
            account.done();
        } else if (next == State.WAITING) {
            takeTurn();
        }
    }

    private synchronized State endTurn() {
        state = ended ? State.RELEASED : state == State.AGAIN ? State.WAITING : State.IDLE;
        giveResponses(); // which may have been read in the turn
        return state;
    }

    /** Returns what the watch holds once it has ended: now, or after its turn, but not only when a list thread is free. */
    private void releaseSoon() {
        synchronized (this) {
            if (state != State.IDLE && state != State.WAITING) {
                return;
            }
            state = State.WAITING;
        }
        lists.withdraw(this);
        watches.execute(this);
    }

    private synchronized void again() {
        state = State.AGAIN;
    }

    private void serve() {
        WatchTurn turn = new WatchTurn(new ListCancellation(call::isCancelled, maxTime), isOnListThread());
        boolean goesOn = true;
        for (int sent = 0; goesOn && sent < MESSAGES_IN_A_ROW && !turn.isTurnOver() && !ended; sent++) {
            goesOn = sendNext(turn);
        }
        slow = slow && turn.wasLong();
        if (goesOn) {
            again();
        }
    }

    /** Sends the next message, if there is one and the caller takes it; returns whether there may be more. */
    private boolean sendNext(WatchTurn turn) {
        boolean hasNext = hasNext();
        boolean isDue = isDue(System.nanoTime());
        waitsForCaller = hasNext; // before the look whether the caller is ready, which it may become right afterwards
        if (!hasNext && !isDue && !source.isLost()) {
            return false;
        }
        boolean isReady = call.isReady();
        if (isReady) {
            account.giveResponses();
        }
        int room = hasNext ? PulledStream.MESSAGE_BYTES : PROGRESS_BYTES;
        boolean hasRoom = isReady && account.prepareResponse(room);
        starved = isReady && !hasRoom;
        if (!hasRoom && !source.isLost()) {
            return false;
        }
        ByteString message = next(room, isDue, turn);
        sendHeaders();
        if (message != null) {
            requireRoom((long) message.size() - room);
            send(message);
        }
        return message != null || behind;
    }

    /** Whether there may be a message, and it does not wait for changes to share it with. */
    private boolean hasNext() {
        return behind || (source.hasNext() && !isDelayed());
    }

    /** Makes the next message. Returns the room for it if there is none. */
    private @Nullable ByteString next(int room, boolean isDue, WatchTurn turn) {
        ByteString message = null;
        try {
            message = source.next(room, isDue, this::wake, turn);
            behind = source.hasNext();
            return message;
        } finally {
            if (message == null) {
                account.giveResponses();
            }
        }
    }

    /** Ends a watch whose message is larger than most and has no room: to keep it would take the room as well. */
    private void requireRoom(long more) {
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
        early = anyPart(source.interval());
        account.prepared(message.size());
        if (call.isReady()) {
            account.giveResponses();
        }
    }

    /** Ends the watch with an error. */
    @Override
    public void fail(ImageException error) {
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
        releaseSoon();
    }

    @Override
    public Object owner() {
        return account.owner();
    }

    @Override
    public String filters() {
        return ListCall.shown(source.filters());
    }
}
