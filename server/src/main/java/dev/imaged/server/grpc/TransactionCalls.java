package dev.imaged.server.grpc;

import com.google.protobuf.ByteString;
import dev.imaged.images.Apply;
import dev.imaged.images.Operation;
import dev.imaged.images.Revert;
import dev.imaged.images.Undo;
import dev.imaged.internal.wire.CatalogProtos;
import dev.imaged.internal.wire.NamespaceHeader;
import dev.imaged.internal.wire.TransactionProtos;
import dev.imaged.proto.v1.ApplyRequest;
import dev.imaged.proto.v1.ApplyResponse;
import dev.imaged.proto.v1.RevertRequest;
import dev.imaged.proto.v1.UndoRequest;
import dev.imaged.server.engine.EncodedVersion;
import dev.imaged.server.engine.ImageTransactions;
import dev.imaged.server.engine.ImageTransactions.Caller;
import dev.imaged.server.engine.ImageTransactions.Done;
import dev.imaged.server.engine.ImageTransactions.Known;
import dev.imaged.server.engine.ImageTransactions.Outcome;
import dev.imaged.server.engine.ImageTransactions.Result;
import dev.imaged.server.engine.ReadMask;
import dev.imaged.server.engine.WireFields;
import dev.imaged.server.grpc.UnaryHandler.Responder;
import io.grpc.Metadata;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * The methods of the catalogue that write. What they read of the past, and the answer of a request that is sent again, take a list
 * thread; the rest is handed to the engine, and answered on its thread.
 */
final class TransactionCalls {
    private final ImageTransactions transactions;
    private final ListCalls lists;

    /** What a call answers. */
    interface Answer {
        /**
         * Answers a request that is done.
         *
         * @param isReplayed whether this is the answer that the request had the first time
         */
        void done(Done first, boolean isReplayed);

        /** Answers a request that failed. */
        void failed(Throwable error);
    }

    /**
     * Makes the methods.
     *
     * @param lists runs what takes long. A call that has a place among the writes gives it back for one among the lists
     */
    TransactionCalls(ImageTransactions transactions, ListCalls lists) {
        this.transactions = transactions;
        this.lists = lists;
    }

    void apply(ApplyRequest request, Metadata headers, Responder responder) {
        String namespace = CatalogService.namespace(request.getNamespace(), headers);
        Apply apply = TransactionProtos.fromProto(request);
        apply(namespace, apply, caller(headers), responder, new ApplyAnswer(responder));
    }

    /** Hands a request over; the answer comes once it is written. */
    void apply(String namespace, Apply apply, Caller caller, Responder responder, Answer answer) {
        List<String> names = apply.operations().stream().map(Operation::name).toList();
        responder.requireWritePlace();
        answer(transactions.apply(namespace, apply, caller), namespace, names, responder, answer);
    }

    void revert(RevertRequest request, Metadata headers, Responder responder) {
        String namespace = CatalogService.namespace(request.getNamespace(), headers);
        Revert revert = TransactionProtos.fromProto(request);
        List<String> names = revert.targets().stream().map(Revert.Target::name).toList();
        lists.run(List.of(), responder, cancellation -> {
            CompletableFuture<Outcome> written = transactions.revert(namespace, revert, caller(headers), cancellation);
            return () -> answer(written, namespace, names, responder, new ApplyAnswer(responder));
        });
    }

    void undo(UndoRequest request, Metadata headers, Responder responder) {
        String namespace = CatalogService.namespace(request.getNamespace(), headers);
        Undo undo = TransactionProtos.fromProto(request);
        lists.run(List.of(), responder, cancellation -> {
            CompletableFuture<Outcome> written = transactions.undo(namespace, undo, caller(headers), cancellation);
            return () -> answer(written, namespace, null, responder, new ApplyAnswer(responder));
        });
    }

    private static Caller caller(Metadata headers) {
        return new Caller("", NamespaceHeader.first(headers, NamespaceHeader.LEASE), false);
    }

    /** @param names the names of the results; null for those that changed */
    private void answer(
            CompletableFuture<Outcome> written,
            String namespace,
            @Nullable List<String> names,
            Responder responder,
            Answer answer) {
        written.whenComplete((outcome, error) -> {
            try {
                if (error != null) {
                    answer.failed(error);
                } else if (outcome instanceof Done done) {
                    answer.done(done, false);
                } else if (outcome instanceof Known known) {
                    replay(known, namespace, names, responder, answer);
                }
            } catch (RuntimeException e) {
                responder.fail(e);
            }
        });
    }

    private void replay(
            Known known, String namespace, @Nullable List<String> names, Responder responder, Answer answer) {
        lists.run(List.of(), responder, cancellation -> {
            Done first = transactions.replay(namespace, known.revision(), names, cancellation);
            return () -> answer.done(first, true);
        });
    }

    /** The answer of the catalogue. */
    private record ApplyAnswer(Responder responder) implements Answer {
        @Override
        public void done(Done first, boolean isReplayed) {
            responder.answer(response(first, isReplayed));
        }

        @Override
        public void failed(Throwable error) {
            responder.fail(error);
        }
    }

    private static ByteString response(Done done, boolean isReplayed) {
        ByteString results = ByteString.EMPTY;
        for (Result result : done.results()) {
            results = results.concat(WireFields.message(ApplyResponse.RESULTS_FIELD_NUMBER, message(result)));
        }
        return results.concat(ApplyResponse.newBuilder()
                .setPosition(CatalogProtos.toProto(done.position()))
                .setReplayed(isReplayed)
                .build()
                .toByteString());
    }

    private static ByteString message(Result result) {
        ByteString rest = ApplyResponse.Result.newBuilder()
                .setName(result.name())
                .setKind(TransactionProtos.toProto(result.kind()))
                .build()
                .toByteString();
        EncodedVersion image = result.image();
        return image == null
                ? rest
                : rest.concat(WireFields.message(
                        ApplyResponse.Result.IMAGE_FIELD_NUMBER, EncodedCatalog.version(image, ReadMask.ALL)));
    }
}
