package dev.imaged.remote;

import dev.imaged.images.Applied;
import dev.imaged.images.Apply;
import dev.imaged.images.AsyncTransactions;
import dev.imaged.images.RequestOptions;
import dev.imaged.images.Revert;
import dev.imaged.images.TransactionRules;
import dev.imaged.images.Undo;
import dev.imaged.internal.wire.TransactionProtos;
import dev.imaged.proto.v1.ApplyResponse;
import dev.imaged.proto.v1.CatalogGrpc;
import io.grpc.MethodDescriptor;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/** The transactions of one namespace on the other end of a channel. Each request has an id, so that a retry is safe. */
record RemoteTransactions(RemoteCatalog catalog, String namespace) implements AsyncTransactions {
    @Override
    public CompletableFuture<Applied> apply(Apply apply) {
        Apply sent = apply.with(withId(apply.options()));
        return call(CatalogGrpc.getApplyMethod(), () -> {
            TransactionRules.requireUnicode(sent);
            return TransactionProtos.toProto(namespace, sent);
        });
    }

    @Override
    public CompletableFuture<Applied> revert(Revert revert) {
        Revert sent = revert.with(withId(revert.options()));
        return call(CatalogGrpc.getRevertMethod(), () -> {
            TransactionRules.requireUnicode(sent);
            return TransactionProtos.toProto(namespace, sent);
        });
    }

    @Override
    public CompletableFuture<Applied> undo(Undo undo) {
        Undo sent = undo.with(withId(undo.options()));
        return call(CatalogGrpc.getUndoMethod(), () -> {
            TransactionRules.requireUnicode(sent.options());
            return TransactionProtos.toProto(namespace, sent);
        });
    }

    private static RequestOptions withId(RequestOptions options) {
        return options.requestId().isEmpty()
                ? options.withRequestId(UUID.randomUUID().toString())
                : options;
    }

    private <Q> CompletableFuture<Applied> call(MethodDescriptor<Q, ApplyResponse> method, Supplier<Q> request) {
        return new RepeatedCall<>(() -> catalog.call(method, request, TransactionProtos::fromProto)).start();
    }
}
