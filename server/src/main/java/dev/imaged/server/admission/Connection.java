package dev.imaged.server.admission;

import dev.imaged.server.admission.MemoryBudget.Share;
import io.grpc.Attributes;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * One connection: its shares of the budgets, and its open calls, oldest first. For the thread of its channel, which opens and closes
 * the calls. Any thread may use the shares.
 */
public final class Connection implements MemoryBudget.Relief {
    static final Attributes.Key<Connection> KEY = Attributes.Key.create("connection");

    private final Executor thread;
    private final Resets resets;
    private final Share requests;
    private final Share health;
    private final Share responses;
    private final Share lists;
    private final Share writes;
    private final Share watches;
    private @Nullable CallAccount oldest;
    private @Nullable CallAccount newest;

    /** The declared length of the message that is being read, if it is too long; else 0. */
    private long declared;

    /** @param thread the thread of the channel */
    Connection(Budgets budgets, boolean local, Executor thread, Resets resets) {
        this.thread = thread;
        this.resets = resets;
        this.requests = budgets.requests().open(local, this);
        this.health = budgets.health().open(local, this);
        this.responses = budgets.responses().open(local, this);
        this.lists = budgets.lists().open(local, Connection::leaveAlone);
        this.writes = budgets.writes().open(local, Connection::leaveAlone);
        this.watches = budgets.watches().open(local, Connection::leaveAlone);
    }

    /** Returns the share of the memory of requests. Requests for the health of the daemon have a budget of their own. */
    Share requests(boolean forHealth) {
        return forHealth ? health : requests;
    }

    Share responses() {
        return responses;
    }

    /** Returns the share of the queue of lists. */
    Share lists() {
        return lists;
    }

    /** Returns the share of the queue of writes. */
    Share writes() {
        return writes;
    }

    /** Returns the share of the places of watches. */
    Share watches() {
        return watches;
    }

    /** Says that the message whose first bytes are read next has more bytes than are accepted. */
    void declare(long bytes) {
        declared = bytes;
    }

    /** Returns the length that was declared since this was called last, 0 if none was. */
    long takeDeclared() {
        long taken = declared;
        declared = 0;
        return taken;
    }

    /** Cancels nothing: a call leaves a queue by itself, and a watch that was accepted goes on. */
    private static void leaveAlone(Share share, long bytes, Duration patience) {}

    void opened(CallAccount call) {
        call.previous = newest;
        if (newest == null) {
            oldest = call;
        } else {
            newest.next = call;
        }
        newest = call;
    }

    /** @param cancelled whether the peer cancelled it */
    void closed(CallAccount call, boolean cancelled) {
        CallAccount previous = call.previous;
        CallAccount next = call.next;
        if (previous != null) {
            previous.next = next;
        } else if (oldest == call) {
            oldest = next;
        }
        if (next != null) {
            next.previous = previous;
        } else if (newest == call) {
            newest = previous;
        }
        call.previous = null;
        call.next = null;
        if (cancelled) {
            resets.count();
        }
    }

    /** Cancels calls whose peers have sent nothing of a request, then those whose peers did not go on. */
    @Override
    public void relieve(Share share, long bytes, Duration patience) {
        thread.execute(() -> {
            long excess = share.held() - bytes;
            excess -= cancel(excess, call -> call.isSilent() ? call.cancel(share) : 0);
            cancel(excess, call -> call.hasWaitedForPeer(patience) ? call.cancel(share) : 0);
        });
    }

    /** Cancels calls, oldest first, until they hold {@code excess} bytes; returns how many bytes they hold. */
    private long cancel(long excess, ToLongFunction<CallAccount> cancel) {
        long cancelled = 0;
        CallAccount next;
        for (CallAccount call = oldest; call != null && cancelled < excess; call = next) {
            next = call.next;
            cancelled += cancel.applyAsLong(call);
        }
        return cancelled;
    }

    void close() {
        requests.close();
        health.close();
        responses.close();
        lists.close();
        writes.close();
        watches.close();
    }
}
