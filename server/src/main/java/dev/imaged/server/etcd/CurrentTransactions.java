package dev.imaged.server.etcd;

import dev.imaged.images.Apply;
import dev.imaged.images.Revert;
import dev.imaged.images.Undo;
import dev.imaged.server.engine.Cancellation;
import dev.imaged.server.engine.ImageTransactions;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The transactions of the view that there is at each call.
 *
 * @param current throws when there is none
 */
record CurrentTransactions(Supplier<ImageTransactions> current) implements ImageTransactions {
    @Override
    public CompletableFuture<Outcome> apply(String namespace, Apply apply, Caller caller) {
        return current.get().apply(namespace, apply, caller);
    }

    @Override
    public CompletableFuture<Outcome> revert(
            String namespace, Revert revert, Caller caller, Cancellation cancellation) {
        return current.get().revert(namespace, revert, caller, cancellation);
    }

    @Override
    public CompletableFuture<Outcome> undo(String namespace, Undo undo, Caller caller, Cancellation cancellation) {
        return current.get().undo(namespace, undo, caller, cancellation);
    }

    @Override
    public Done replay(String namespace, long revision, @Nullable List<String> names, Cancellation cancellation) {
        return current.get().replay(namespace, revision, names, cancellation);
    }
}
