package dev.imaged.server.grpc;

import io.grpc.Context;
import io.grpc.ServerStreamTracer;
import io.grpc.Status;
import java.time.Duration;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * What one call holds of the budgets. It gives all back once its stream is closed and nothing works on its request, or waits
 * to do so, any more. Thread-safe.
 */
final class CallAccount extends ServerStreamTracer {
    /** What a stream takes before a byte of its request has come, beside its headers. */
    private static final long STREAM_BYTES = 3 * 1024;

    /** What a frame takes beside its bytes, however few they are. */
    private static final long FRAME_BYTES = 256;

    /** About what the objects of a small label take, a filter's more and a text's less. */
    private static final long FIELD_BYTES = 100;

    /** A request of more bytes takes milliseconds to decode. */
    private static final long LARGE_BYTES = 64 * 1024;

    /** What the transport writes an answer into is no smaller. */
    private static final long RESPONSE_BYTES = 4096;

    private final MemoryBudget requests;
    private final MemoryBudget responses;
    private final long streamBytes;
    private final boolean admitted;
    private boolean clientStreams;
    private long messageBytes;
    private long requestBytes;
    private long responseBytes;
    private int queued;
    private boolean working;
    private boolean closed;

    /** Since when the peer is to send or to take the answer; null while it is not. */
    private volatile @Nullable Long waitingSince = System.nanoTime();

    private volatile Context.@Nullable CancellableContext context;

    /** @param headerBytes what the headers of the call take */
    CallAccount(MemoryBudget requests, MemoryBudget responses, long headerBytes) {
        this.requests = requests;
        this.responses = responses;
        this.streamBytes = STREAM_BYTES + headerBytes;
        this.admitted = takeRequest(streamBytes);
    }

    boolean isAdmitted() {
        return admitted;
    }

    @Override
    public Context filterContext(Context parent) {
        Context.CancellableContext cancellable = parent.withCancellation();
        context = cancellable;
        return CallMemory.with(cancellable, this);
    }

    @Override
    public void serverCallStarted(ServerCallInfo<?, ?> call) {
        clientStreams = !call.getMethodDescriptor().getType().clientSendsOneMessage();
    }

    /** Called for each frame of a request, and what is thrown ends the call. */
    @Override
    public void inboundWireSize(long bytes) {
        received(bytes);
        if (!takeRequest(bytes + FRAME_BYTES)) {
            throw Status.RESOURCE_EXHAUSTED
                    .withDescription("the requests of others take the memory: try again later")
                    .asRuntimeException();
        }
    }

    /**
     * Takes what a decoded request needs beside what came over the wire; false when there is no memory.
     *
     * @param inflated how many bytes it has, if it came compressed
     */
    boolean takeDecoded(long inflated, int fields) {
        return takeRequest(inflated + fields * FIELD_BYTES);
    }

    /** Called when a message begins: in a stream of them, the one before it was handed over and dealt with. */
    @Override
    public synchronized void inboundMessage(int number) {
        messageBytes = number > 0 ? 0 : messageBytes;
        if (number > 0 && clientStreams) {
            requests.give(this, requestBytes - streamBytes);
            requestBytes = streamBytes;
        }
    }

    /** Called for each frame of an answer, and of a stream of answers only while the peer reads. */
    @Override
    public void outboundWireSize(long bytes) {
        waitingSince = System.nanoTime();
    }

    private synchronized boolean takeRequest(long bytes) {
        boolean taken = requests.take(this, requestBytes, bytes);
        requestBytes += taken ? bytes : 0;
        return taken;
    }

    private synchronized void received(long bytes) {
        messageBytes += bytes;
        peerWentOn();
    }

    private void peerWentOn() {
        if (!working && queued == 0) {
            waitingSince = System.nanoTime();
        }
    }

    synchronized boolean hasLargeRequest() {
        return messageBytes > LARGE_BYTES;
    }

    /** Says that what has come waits for a thread until {@link #dequeued}, also when the caller goes away. */
    synchronized void queued() {
        queued++;
        waitingSince = null;
    }

    synchronized void dequeued() {
        queued--;
        peerWentOn();
        giveBack();
    }

    /** Says that the request is worked on until {@link #done}, also when the caller goes away. */
    synchronized void working() {
        working = true;
        waitingSince = null;
    }

    /**
     * Takes the memory of an answer, which now waits for its caller.
     *
     * @return false when there is none
     */
    synchronized boolean takeResponse(long size) {
        if (closed) {
            return true;
        }
        long bytes = Math.max(size, RESPONSE_BYTES);
        boolean taken = responses.take(this, responseBytes, bytes);
        responseBytes += taken ? bytes : 0;
        return taken;
    }

    /** Says that nothing works on the request any more. */
    synchronized void done() {
        working = false;
        waitingSince = System.nanoTime();
        giveBack();
    }

    @Override
    public synchronized void streamClosed(Status status) {
        closed = true;
        if (responseBytes > 0) {
            responses.give(this, responseBytes);
            responseBytes = 0;
        }
        giveBack();
    }

    private void giveBack() {
        if (closed && !working && queued == 0 && requestBytes > 0) {
            requests.give(this, requestBytes);
            requestBytes = 0;
        }
    }

    /** Takes no lock, as it is asked under that of a budget. */
    boolean hasWaitedForPeer(Duration patience) {
        Long start = waitingSince;
        return start != null && System.nanoTime() - start > patience.toNanos();
    }

    /** Ends the call, as its deadline would. */
    void giveUp() {
        Context.CancellableContext cancelled = context;
        if (cancelled != null) {
            cancelled.cancel(new TimeoutException("the caller did not go on for long while others waited for memory"));
        }
    }
}
