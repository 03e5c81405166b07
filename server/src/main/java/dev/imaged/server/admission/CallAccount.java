package dev.imaged.server.admission;

import dev.imaged.server.admission.MemoryBudget.Share;
import dev.imaged.server.engine.EncodedResponse;
import io.grpc.Context;
import io.grpc.ServerStreamTracer;
import io.grpc.Status;
import java.time.Duration;
import java.util.concurrent.TimeoutException;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The memory and the places that one call holds. It returns them once its stream is closed, and its request is neither worked on nor
 * waits for a thread. Thread-safe.
 */
public final class CallAccount extends ServerStreamTracer {
    /** The memory of a stream before the first byte of its request, besides its headers. */
    private static final long STREAM_BYTES = 3 * 1024;

    /** The memory of a frame besides its bytes. */
    private static final long FRAME_BYTES = 256;

    /** About the memory of the objects of a small label. A filter takes more, a text less. */
    private static final long FIELD_BYTES = 100;

    /** A request of more bytes takes milliseconds to decode. */
    private static final long LARGE_BYTES = 64 * 1024;

    /** The smallest buffer that the transport writes an answer into. */
    private static final long RESPONSE_BYTES = 4096;

    /** It is not the peer's turn. */
    private static final long NOT_WAITING = Long.MIN_VALUE;

    private static final String HEALTH = "grpc.health.v1.Health";

    private final LongSupplier nanos;
    private final long streamBytes;

    /** What the request counts for more than it has, as long as it may have to be decompressed. */
    private long compressedBytes;

    /** The call before and after this one on its connection, whose thread alone uses them. */
    @Nullable
    CallAccount previous;

    @Nullable
    CallAccount next;

    private @Nullable Connection connection;
    private @Nullable Share requests;
    private @Nullable Share responses;

    /** The queue in which the call has a place, if any. */
    private @Nullable Share queue;

    /** The places of watches, if the call has one. */
    private @Nullable Share watches;

    private boolean admitted = true;
    private boolean silent = true;
    private boolean cancelled;
    private boolean clientStreams;
    private long messageBytes;
    private long requestBytes;
    private long responseBytes;
    private int queued;
    private boolean working;
    private boolean closed;

    /** Since when the call waits for its peer to send or to read, in nanoseconds. */
    private volatile long waitingSince;

    private volatile Context.@Nullable CancellableContext context;

    /**
     * Makes the account of a call that is not bounded until it {@linkplain #open starts} on a connection.
     *
     * @param headerBytes the memory of the headers of the call
     * @param nanos a clock that only goes forward, in nanoseconds
     */
    public CallAccount(long headerBytes, LongSupplier nanos) {
        this(headerBytes, 0, nanos);
    }

    /** @param compressedBytes what the request counts for more than it has, because it may be compressed */
    CallAccount(long headerBytes, long compressedBytes, LongSupplier nanos) {
        this.nanos = nanos;
        this.compressedBytes = compressedBytes;
        this.streamBytes = STREAM_BYTES + headerBytes + compressedBytes;
        this.waitingSince = nanos.getAsLong();
    }

    boolean isAdmitted() {
        return admitted;
    }

    @Override
    public Context filterContext(Context parent) {
        Context.CancellableContext cancellable = parent.withCancellation();
        context = cancellable;
        return CallMemoryLimiter.with(cancellable, this);
    }

    @Override
    public void serverCallStarted(ServerCallInfo<?, ?> call) {
        clientStreams = !call.getMethodDescriptor().getType().clientSendsOneMessage();
        Connection on = call.getAttributes().get(Connection.KEY);
        if (on != null) {
            open(on, HEALTH.equals(call.getMethodDescriptor().getServiceName()));
        }
    }

    /** Starts the call on a connection, if there is memory for its stream. */
    void open(Connection on, boolean forHealth) {
        connection = on;
        requests = on.requests(forHealth);
        responses = on.responses();
        on.opened(this);
        admitted = takeRequest(streamBytes);
    }

    /** Called for each frame of a request; an exception ends the call. */
    @Override
    public void inboundWireSize(long bytes) {
        received(bytes);
        if (!takeRequest(bytes + FRAME_BYTES)) {
            throw Status.RESOURCE_EXHAUSTED
                    .withDescription("request of more than " + messageBytes
                            + " bytes refused: the memory of requests is used up: try again later")
                    .asRuntimeException();
        }
    }

    /**
     * Takes the memory of a decoded request, besides its bytes from the wire; false when there is too little.
     *
     * @param inflated how many bytes the request has, if it was compressed
     */
    public boolean takeDecoded(long inflated, int fields) {
        return takeRequest(inflated + fields * FIELD_BYTES);
    }

    /**
     * Called when a message starts. In a stream of messages, the one before was handed over and dealt with. An exception ends the
     * call.
     */
    @Override
    public void inboundMessage(int number) {
        long declared = connection == null ? 0 : connection.takeDeclared();
        if (declared != 0) {
            throw Status.RESOURCE_EXHAUSTED
                    .withDescription("grpc: received message larger than max (" + declared + " vs. "
                            + EncodedResponse.MAX_BYTES + ")")
                    .asRuntimeException();
        }
        begin(number);
    }

    private synchronized void begin(int number) {
        silent = false;
        messageBytes = number > 0 ? 0 : messageBytes;
        if (number > 0 && clientStreams && requests != null) {
            requests.give(requestBytes - streamBytes);
            requestBytes = streamBytes;
        }
    }

    /** Called for each frame of an answer, and of a stream of answers only while the peer reads. */
    @Override
    public void outboundWireSize(long bytes) {
        waitingSince = nanos.getAsLong();
    }

    private synchronized boolean takeRequest(long bytes) {
        if (requests == null) {
            return true;
        }
        boolean taken = requests.take(requestBytes, bytes);
        requestBytes += taken ? bytes : 0;
        return taken;
    }

    private synchronized void received(long bytes) {
        messageBytes += bytes;
        peerWentOn();
    }

    private void peerWentOn() {
        if (!working && queued == 0) {
            waitingSince = nanos.getAsLong();
        }
    }

    synchronized boolean hasLargeRequest() {
        return messageBytes > LARGE_BYTES;
    }

    /** Says that the request waits for a thread until {@link #dequeued}, even when the caller disconnects. */
    synchronized void queued() {
        queued++;
        waitingSince = NOT_WAITING;
    }

    synchronized void dequeued() {
        queued--;
        peerWentOn();
        giveBack();
    }

    /** Says that the request is worked on until {@link #done}, even when the caller disconnects. */
    public synchronized void working() {
        working = true;
        waitingSince = NOT_WAITING;
    }

    /** Says that the request is decoded, and is kept for long: from now on it only counts for what it has. */
    public synchronized void keeps() {
        if (requests != null && requestBytes >= compressedBytes) {
            requests.give(compressedBytes);
            requestBytes -= compressedBytes;
            compressedBytes = 0;
        }
    }

    /**
     * Takes the memory of an answer, which now waits for its caller.
     *
     * @return false when there is too little
     */
    public synchronized boolean takeResponse(long size) {
        if (closed || responses == null) {
            return true;
        }
        long bytes = Math.max(size, RESPONSE_BYTES);
        boolean taken = responses.take(responseBytes, bytes);
        responseBytes += taken ? bytes : 0;
        return taken;
    }

    /**
     * Takes the memory of an answer that is about to be made. Until {@link #prepared} the call does not wait for its caller.
     *
     * @return false when there is too little
     */
    public synchronized boolean prepareResponse(long size) {
        boolean taken = takeResponse(size);
        if (taken) {
            waitingSince = NOT_WAITING;
        }
        return taken;
    }

    /**
     * Says that an answer was made and waits for its caller from now on.
     *
     * @param size what it needs of the memory that was taken; the call returns the rest
     */
    public synchronized void prepared(long size) {
        long rest = responseBytes - Math.max(size, RESPONSE_BYTES);
        if (rest > 0 && responses != null) {
            responses.give(rest);
            responseBytes -= rest;
        }
        waitingSince = nanos.getAsLong();
    }

    /** Returns the memory of the answers that were taken, because the caller has read them: for calls of many answers. */
    public synchronized void giveResponses() {
        if (responseBytes > 0 && responses != null) {
            responses.give(responseBytes);
            responseBytes = 0;
        }
    }

    /** Takes a place in the queue of lists until {@link #done}, instead of one in another queue; false when there is none. */
    public boolean takeListPlace() {
        return connection == null || takePlace(connection.lists());
    }

    /** Takes a place in the queue of writes until {@link #done}, instead of one in another queue; false when there is none. */
    public boolean takeWritePlace() {
        return connection == null || takePlace(connection.writes());
    }

    /** Takes a place of a watch until {@link #done}, besides one in a queue; false when there is none. */
    public synchronized boolean takeWatchPlace() {
        if (connection == null) {
            return true;
        }
        boolean taken = connection.watches().take(0, Budgets.PLACE_BYTES);
        watches = taken ? connection.watches() : null;
        return taken;
    }

    /** Returns the owner that takes turns: the connection. */
    public Object owner() {
        Connection on = connection;
        return on == null ? this : on;
    }

    private synchronized boolean takePlace(Share places) {
        boolean taken = places.take(0, Budgets.PLACE_BYTES);
        if (taken) {
            leaveQueue();
            queue = places;
        }
        return taken;
    }

    /** Says that the call does not wait in a queue of lists or writes any more. */
    public synchronized void leaveQueue() {
        if (queue != null) {
            queue.give(Budgets.PLACE_BYTES);
            queue = null;
        }
    }

    /** Says that nothing works on the request any more. */
    public synchronized void done() {
        working = false;
        leaveQueue();
        if (watches != null) {
            watches.give(Budgets.PLACE_BYTES);
            watches = null;
        }
        if (waitingSince == NOT_WAITING) { // otherwise it has waited since the last frame of the answer was sent
            waitingSince = nanos.getAsLong();
        }
        giveBack();
    }

    @Override
    public void streamClosed(Status status) {
        close();
        if (connection != null) {
            connection.closed(this, status.getCode() == Status.Code.CANCELLED);
        }
    }

    private synchronized void close() {
        closed = true;
        giveResponses();
        giveBack();
    }

    private void giveBack() {
        if (closed && !working && queued == 0 && requestBytes > 0 && requests != null) {
            requests.give(requestBytes);
            requestBytes = 0;
        }
    }

    /** Whether no byte of a request has come yet. Only the thread of the connection may ask. */
    boolean isSilent() {
        return silent;
    }

    /** A call that is worked on waits for its peer only while an answer is not read: a watch may have nothing to tell for long. */
    synchronized boolean hasWaitedForPeer(Duration patience) {
        long start = waitingSince;
        boolean waits = start != NOT_WAITING && (!working || responseBytes > 0);
        return waits && nanos.getAsLong() - start >= patience.toNanos();
    }

    /**
     * Ends the call, as if its deadline had passed, unless it holds nothing of a share. Only the thread of the connection may do it.
     *
     * @return how many bytes of a share the call is about to return
     */
    long cancel(Share share) {
        Context.CancellableContext current = context;
        long bytes = held(share);
        if (cancelled || current == null || bytes == 0) {
            return 0;
        }
        cancelled = true;
        current.cancel(new TimeoutException("the caller did not go on while others waited for memory"));
        return bytes;
    }

    private synchronized long held(Share share) {
        return share == responses ? responseBytes : share == requests ? requestBytes : 0;
    }
}
