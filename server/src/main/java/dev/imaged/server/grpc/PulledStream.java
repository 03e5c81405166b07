package dev.imaged.server.grpc;

import com.google.protobuf.ByteString;
import dev.imaged.errors.ImageException;
import dev.imaged.errors.ImageException.ResourceExhausted;
import dev.imaged.internal.wire.GrpcErrors;
import dev.imaged.internal.wire.HintTrailer;
import dev.imaged.server.admission.CallAccount;
import dev.imaged.server.admission.ListExecutor;
import dev.imaged.server.engine.Cancellation;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.Status;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers a call with messages that are made while the caller takes them, on list threads. A caller that takes nothing occupies no
 * thread, and at most one message waits for it, which the account of the call counts. Thread-safe.
 */
final class PulledStream implements ListExecutor.ListTask, StreamHandler.AnswerStream {
    private static final Logger log = LoggerFactory.getLogger(PulledStream.class);

    /** About the memory of an answer that waits for its caller. */
    static final int MESSAGE_BYTES = 256 * 1024;

    /** How long a stream occupies a thread while others wait for one. */
    private static final Duration TURN = Duration.ofMillis(100);

    private final ServerCall<?, ByteString> call;
    private final CallAccount account;
    private final ListExecutor executor;
    private final Duration maxTime;
    private final List<String> filters;
    private final Source source;
    private boolean scheduled;

    /** Whether it has a place among the lists: it has run, or is about to. */
    private volatile boolean begun;

    private boolean headersSent;
    private boolean ended;

    /** Makes the messages, one after the other; for one thread at a time. */
    interface Source {
        /** Returns the next message, null behind the last. */
        @Nullable
        ByteString next(Cancellation cancellation);

        /** Returns what goes with the end, a line for each; mostly nothing. */
        List<String> hints();
    }

    /**
     * Makes a stream that starts with {@link #ready}.
     *
     * @param maxTime how long a message may take to be made
     * @param filters what a message of the log shows if making one hangs
     */
    PulledStream(
            ServerCall<?, ByteString> call,
            CallAccount account,
            ListExecutor executor,
            Duration maxTime,
            List<String> filters,
            Source source) {
        this.call = call;
        this.account = account;
        this.executor = executor;
        this.maxTime = maxTime;
        this.filters = filters;
        this.source = source;
    }

    @Override
    public void ready() {
        synchronized (this) {
            if (ended || scheduled || !call.isReady()) {
                return;
            }
            scheduled = true;
        }
        account.working();
        try {
            if (begun) {
                executor.resume(this);
            } else {
                begin();
            }
        } catch (ImageException e) {
            fail(e);
        }
    }

    /** Starts, or is refused: from then on the stream waits for its turns. */
    private void begin() {
        if (!account.takeListPlace()) {
            throw ResourceExhausted.tooBusy("too many lists wait already: try again later", null);
        }
        begun = true;
        executor.execute(this);
    }

    @Override
    public void run() {
        try {
            long start = System.nanoTime();
            boolean goesOn = true;
            while (goesOn && call.isReady()) {
                account.giveResponses(); // before the next is made: the caller has taken those before, and waits
                goesOn = send(source.next(new ListCancellation(call::isCancelled, maxTime)));
                if (goesOn && System.nanoTime() - start >= TURN.toNanos()) {
                    executor.resume(this);
                    return;
                }
            }
        } catch (ImageException e) {
            fail(e);
        } catch (RuntimeException | Error e) {
            log.error("a call failed", e);
            end(Status.INTERNAL.withDescription("the call failed: " + e), new Metadata());
        }
        account.done();
        synchronized (this) {
            scheduled = false;
        }
        ready(); // the caller may have taken the last message before the flag was cleared
    }

    /** Sends a message, or the end; returns whether more may follow. */
    private synchronized boolean send(@Nullable ByteString message) {
        if (ended || call.isCancelled()) {
            ended = true;
            return false;
        } else if (message == null) {
            sendHeaders();
            end(Status.OK, HintTrailer.write(source.hints()));
            return false;
        }
        if (!account.takeResponse(message.size())) {
            throw ResourceExhausted.tooBusy("the memory for unread responses is used up: try again later", null);
        }
        sendHeaders();
        call.sendMessage(message);
        return true;
    }

    private void sendHeaders() {
        if (!headersSent) {
            headersSent = true;
            call.sendHeaders(new Metadata());
        }
    }

    @Override
    public void fail(ImageException error) {
        end(GrpcErrors.toStatus(error), GrpcErrors.trailers(error));
        account.done();
    }

    private synchronized void end(Status status, Metadata trailers) {
        if (!ended && !call.isCancelled()) {
            call.close(status, trailers);
        }
        ended = true;
    }

    @Override
    public Object owner() {
        return account.owner();
    }

    @Override
    public String filters() {
        return ListCall.shown(filters);
    }
}
