package dev.imaged.remote;

import dev.imaged.errors.ImageException;
import dev.imaged.images.Applied;
import dev.imaged.images.Apply;
import dev.imaged.images.RequestOptions;
import dev.imaged.images.Revert;
import dev.imaged.images.TransactionRules;
import dev.imaged.images.Transactions;
import dev.imaged.images.Undo;
import dev.imaged.internal.wire.TransactionProtos;
import dev.imaged.proto.v1.ApplyResponse;
import dev.imaged.proto.v1.CatalogGrpc.CatalogBlockingStub;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Function;

/** The transactions of one namespace on the other end of a channel. Each request has an id, so that a retry is safe. */
final class RemoteTransactions implements Transactions {
    private static final int MAX_ATTEMPTS = 3;
    private static final long FIRST_PAUSE_MILLIS = 100;

    private final RemoteCatalog catalog;
    private final String namespace;

    RemoteTransactions(RemoteCatalog catalog, String namespace) {
        this.catalog = catalog;
        this.namespace = namespace;
    }

    @Override
    public Applied apply(Apply apply) {
        TransactionRules.requireUnicode(apply);
        var request = TransactionProtos.toProto(namespace, apply.with(withId(apply.options())));
        return call(stub -> stub.apply(request));
    }

    @Override
    public Applied revert(Revert revert) {
        TransactionRules.requireUnicode(revert);
        var request = TransactionProtos.toProto(namespace, revert.with(withId(revert.options())));
        return call(stub -> stub.revert(request));
    }

    @Override
    public Applied undo(Undo undo) {
        TransactionRules.requireUnicode(undo.options());
        var request = TransactionProtos.toProto(namespace, undo.with(withId(undo.options())));
        return call(stub -> stub.undo(request));
    }

    private static RequestOptions withId(RequestOptions options) {
        return options.requestId().isEmpty()
                ? options.withRequestId(UUID.randomUUID().toString())
                : options;
    }

    /** Calls until there is an answer, or several attempts have failed: the answer of a write may be lost, and the id finds it. */
    private Applied call(Function<CatalogBlockingStub, ApplyResponse> method) {
        for (int attempt = 1; ; attempt++) {
            try {
                return TransactionProtos.fromProto(RemoteCatalog.call(() -> method.apply(catalog.stub())));
            } catch (ImageException e) {
                boolean isLast = attempt == MAX_ATTEMPTS || !e.isRetryable();
                if (isLast || !pause(attempt)) {
                    throw e;
                }
            }
        }
    }

    /** Waits before the next attempt, each time twice as long; returns false when the thread is interrupted. */
    private static boolean pause(int attempt) {
        long longest = FIRST_PAUSE_MILLIS << attempt;
        try {
            Thread.sleep(ThreadLocalRandom.current().nextLong(longest / 2, longest));
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
