package dev.imaged.server.etcd;

import dev.imaged.errors.ImageException;
import dev.imaged.internal.time.CommitClock;
import dev.imaged.server.store.kv.Database;
import dev.imaged.server.store.record.ChangeLog.KnownRequest;
import dev.imaged.server.store.write.ImageWriter.Mutation;
import dev.imaged.server.store.write.Proposal;
import dev.imaged.server.store.write.Proposal.ProposedCommit;
import dev.imaged.server.store.write.Proposal.RequestKey;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A mutation that a caller waits for. It is answered once, by whoever comes first. All else is for the thread of the proposer.
 *
 * @param <T> the result of the mutation
 */
final class PendingWrite<T> {
    /** How far a mutation has come: it says what an answer without a result has to say. */
    enum Stage {
        /** Nothing of it is on its way. */
        DECIDING,
        /** Its transaction is on its way, and may be carried out. */
        SENT,
        /** It is stored, and images that have expired are being removed. */
        REMOVING,
        /** It is stored, and has only to wait for the view. */
        STORED
    }

    final long bytes;
    final long arrivedNanos = System.nanoTime();
    final CompletableFuture<T> future = new CompletableFuture<>();

    Stage stage = Stage.DECIDING;
    boolean isBehindBarrier;

    /** How often it was not carried out, for whatever reason, and decided again. */
    int refusals;

    /** How often that was because something had changed. */
    int conflicts;

    /** Whether another daemon had the right to write alone when it was refused last. */
    boolean isLocked;

    /** The revision that stored it. */
    long revision;

    /** How many expired images it has removed. */
    int removed;

    /** How many expired images it has to remove. */
    int removals;

    /** The image whose transaction it waits for. */
    @Nullable
    ByteBuffer waitsFor;

    /** The commit whose images it holds. */
    @Nullable
    ProposedCommit holding;

    /** The revision of the right to write alone, 0 while it does not have it. */
    long soleRight;

    /** The request that was carried out with its id, as far as etcd was asked; null for none. */
    @Nullable
    KnownRequest known;

    /** Whether etcd was asked for the request id. */
    boolean isIdLookedUp;

    private final Mutation<T> mutation;
    private final Consumer<PendingWrite<?>> onEnd;
    private final AtomicBoolean isAnswered = new AtomicBoolean();
    private @Nullable T result;

    /**
     * A decision on the view.
     *
     * @param error what the caller is to be told, null when the proposal holds
     */
    record Decision(Proposal proposal, @Nullable ImageException error) {
        /** Returns the commit that the mutation is, null when it writes nothing. */
        @Nullable
        ProposedCommit commit() {
            return error != null || proposal.commits().isEmpty()
                    ? null
                    : proposal.commits().get(0);
        }

        /** Returns what the proposal says of a request id that the view does not know, null when it does not depend on one. */
        @Nullable
        RequestKey unknownRequest() {
            return proposal.unknownRequest();
        }
    }

    /**
     * Makes a write that nobody has decided on.
     *
     * @param bytes about how much memory it holds
     * @param onEnd called just before the answer
     */
    PendingWrite(long bytes, Mutation<T> mutation, Consumer<PendingWrite<?>> onEnd) {
        this.bytes = bytes;
        this.mutation = mutation;
        this.onEnd = onEnd;
    }

    boolean isAnswered() {
        return isAnswered.get();
    }

    Decision decide(Database view, CommitClock clock) {
        return view.read(snapshot -> {
            Proposal proposal = new Proposal(snapshot, clock, known);
            try {
                result = mutation.apply(proposal);
                return new Decision(proposal, null);
            } catch (ImageException e) {
                return new Decision(proposal, e);
            }
        });
    }

    /** Says that it is stored, but that images which have expired are to be removed behind it. */
    void stored(long at, int toRemove) {
        revision = at;
        removals = toRemove;
        stage = toRemove == 0 ? Stage.STORED : Stage.REMOVING;
    }

    /** Answers with the result of the last decision. */
    void complete(long at) {
        T decided = result;
        T answer;
        try {
            answer = decided == null ? null : mutation.at(at, decided);
        } catch (RuntimeException | Error e) {
            // It does not count as answered yet, so the caller gets this error.
            fail(new ImageException.Internal("the write was carried out, but its answer failed: " + e, e));
            return;
        }
        end(() -> future.complete(answer));
    }

    /** Answers although it has not come to its end: with the result if it is stored as a whole, and with an error otherwise. */
    void cutShort(Function<PendingWrite<?>, ImageException> error) {
        if (stage == Stage.STORED) {
            complete(revision);
        } else {
            fail(error.apply(this));
        }
    }

    void fail(ImageException error) {
        end(() -> future.completeExceptionally(error));
    }

    private void end(Runnable answer) {
        if (isAnswered.compareAndSet(false, true)) {
            onEnd.accept(this);
            answer.run();
        }
    }
}
