package dev.imaged.server.engine;

import dev.imaged.images.Apply;
import dev.imaged.images.Change;
import dev.imaged.images.Position;
import dev.imaged.images.Revert;
import dev.imaged.images.Transactions;
import dev.imaged.images.Undo;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Changes several images of a namespace at once, and takes changes back. {@link Transactions} says what each request means, and which
 * errors it has. A request that breaks a rule whatever is stored is refused at once; the future fails with the other errors, or
 * completes once the commit is durable, in commit order. Thread-safe.
 */
public interface ImageTransactions {
    /**
     * Who sends a request.
     *
     * @param actor the caller as the daemon authenticated it, empty when it did not
     * @param lease the lease that the call names, see {@link dev.imaged.images.WriteOptions}; null for none
     * @param collects whether garbage is collected behind the commit, see {@link dev.imaged.images.DeleteOptions}
     */
    record Caller(String actor, @Nullable String lease, boolean collects) {}

    /** What a request led to. */
    sealed interface Outcome {}

    /** The answer of a request, as {@link dev.imaged.images.Applied}. */
    record Done(Position position, List<Result> results) implements Outcome {}

    /** The request made a commit before, of this revision: {@link #replay} has its answer. */
    record Known(long revision) implements Outcome {}

    /** What became of one name, as {@link dev.imaged.images.Applied.Result}. */
    record Result(
            String name,
            Change.@Nullable Kind kind,
            @Nullable EncodedVersion image) {}

    /** Hands a request over and returns at once. */
    CompletableFuture<Outcome> apply(String namespace, Apply apply, Caller caller);

    /** Reads the past, then hands the rest of the request over. For a thread that may take long. */
    CompletableFuture<Outcome> revert(String namespace, Revert revert, Caller caller, Cancellation cancellation);

    /** Reads the commit, then hands the rest of the request over. For a thread that may take long. */
    CompletableFuture<Outcome> undo(String namespace, Undo undo, Caller caller, Cancellation cancellation);

    /**
     * Returns the answer that a known request had. For a thread that may take long.
     *
     * @param names the names of the results; null for those that changed
     */
    Done replay(String namespace, long revision, @Nullable List<String> names, Cancellation cancellation);
}
