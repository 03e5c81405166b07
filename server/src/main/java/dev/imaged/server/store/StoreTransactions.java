package dev.imaged.server.store;

import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import com.google.protobuf.UnsafeByteOperations;
import dev.imaged.errors.ImageException;
import dev.imaged.errors.ImageException.OutOfRange;
import dev.imaged.images.Apply;
import dev.imaged.images.AsOf;
import dev.imaged.images.ImageValidator;
import dev.imaged.images.Operation;
import dev.imaged.images.RequestOptions;
import dev.imaged.images.Revert;
import dev.imaged.images.TransactionRules;
import dev.imaged.images.Undo;
import dev.imaged.internal.wire.TransactionProtos;
import dev.imaged.server.engine.Cancellation;
import dev.imaged.server.engine.EncodedVersion;
import dev.imaged.server.engine.ImageTransactions;
import dev.imaged.server.store.kv.Database;
import dev.imaged.server.store.record.Cause;
import dev.imaged.server.store.record.Change;
import dev.imaged.server.store.record.ChangeLog;
import dev.imaged.server.store.write.ImageWriter;
import dev.imaged.server.store.write.ImageWriter.Mutation;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Requests of several images, each a commit. What they read of the past never changes, so it is read before. */
record StoreTransactions(Database database, StoreCatalog catalog, ImageWriter writer) implements ImageTransactions {
    /** What an operation holds in memory besides its texts. */
    private static final long OPERATION_BYTES = 1024;

    @Override
    public CompletableFuture<Outcome> apply(String namespace, Apply apply, Caller caller) {
        ImageValidator.requireNamespace(namespace);
        TransactionRules.requireValid(apply);
        TransactionWrite write = write(
                namespace,
                apply.options(),
                caller,
                () -> TransactionProtos.toProto(
                        namespace, apply.with(apply.options().withRequestId(""))));
        long bytes = TransactionRules.bytes(apply)
                + OPERATION_BYTES * (apply.operations().size() + apply.checks().size());
        Mutation<Outcome> mutation = write.mutation((plan, snapshot) -> plan.apply(apply));
        boolean makesRoom = apply.operations().stream().allMatch(Operation.Delete.class::isInstance);
        return makesRoom ? writer.submitRemoval(bytes, mutation) : writer.submit(bytes, mutation);
    }

    @Override
    public CompletableFuture<Outcome> revert(
            String namespace, Revert revert, Caller caller, Cancellation cancellation) {
        ImageValidator.requireNamespace(namespace);
        TransactionRules.requireValid(revert);
        TransactionWrite write = write(
                namespace,
                revert.options(),
                caller,
                () -> TransactionProtos.toProto(
                        namespace, revert.with(revert.options().withRequestId(""))));
        CompletableFuture<Outcome> known = known(write);
        if (known != null) {
            return known;
        }
        PastReading past = new PastReading();
        try {
            for (Revert.Target target : revert.targets()) {
                EncodedVersion image = catalog.get(namespace, target.name(), target.asOf(), null, cancellation)
                        .image();
                past.add(target.name(), image == null ? ByteString.EMPTY : image.image());
            }
        } catch (OutOfRange notKept) {
            return knownElsewhere(write, notKept);
        }
        return writer.submit(past.bytes(), write.mutation((plan, snapshot) -> plan.revert(revert, past.images())));
    }

    @Override
    public CompletableFuture<Outcome> undo(String namespace, Undo undo, Caller caller, Cancellation cancellation) {
        ImageValidator.requireNamespace(namespace);
        TransactionRules.requireValid(undo);
        TransactionWrite write = write(
                namespace,
                undo.options(),
                caller,
                undo.revision(),
                () -> TransactionProtos.toProto(
                        namespace, undo.with(undo.options().withRequestId(""))));
        CompletableFuture<Outcome> known = known(write);
        if (known != null) {
            return known;
        }
        PastReading past = new PastReading();
        List<Change> changes;
        try {
            changes = changes(namespace, undo.revision());
        } catch (OutOfRange notKept) {
            return knownElsewhere(write, notKept);
        }
        for (Change change : changes) {
            cancellation.check();
            past.add(change.name(), UnsafeByteOperations.unsafeWrap(change.before()));
        }
        if (past.images().isEmpty()) {
            throw TransactionRules.noSuchCommit(namespace, undo.revision());
        }
        return writer.submit(past.bytes(), write.mutation((plan, snapshot) -> {
            Moments.requireCommitKept(snapshot, undo.revision()); // it may be dropped by now
            return plan.undo(undo, past.images());
        }));
    }

    /**
     * Answers a request whose past is not kept. It may have been carried out before, and a writer for another store asks that as well.
     *
     * @param notKept the answer if it was not
     */
    private CompletableFuture<Outcome> knownElsewhere(TransactionWrite write, OutOfRange notKept) {
        if (!write.hasId()) {
            throw notKept;
        }
        return writer.submit(OPERATION_BYTES, write.mutation((plan, snapshot) -> {
            throw notKept;
        }));
    }

    /**
     * Returns the changes of a commit, in the order of their names; none when it is of another namespace, or there is none.
     *
     * @throws ImageException.OutOfRange when it is not kept, or lies in the future
     */
    private List<Change> changes(String namespace, long revision) {
        return database.read(snapshot -> {
            Moments.requireCommitKept(snapshot, revision);
            return ChangeLog.commit(snapshot, revision).stream()
                    .filter(change -> change.namespace().equals(namespace))
                    .toList();
        });
    }

    private static TransactionWrite write(
            String namespace, RequestOptions options, Caller caller, Supplier<? extends Message> withoutId) {
        return write(namespace, options, caller, 0, withoutId);
    }

    /** @param undone the revision of the commit that the request takes back, 0 for none */
    private static TransactionWrite write(
            String namespace,
            RequestOptions options,
            Caller caller,
            long undone,
            Supplier<? extends Message> withoutId) {
        String id = options.effectiveId();
        Cause cause = new Cause(
                caller.actor(),
                id == null ? "" : id,
                id == null ? ByteString.EMPTY : RequestHash.of(withoutId.get()),
                options.reason(),
                undone);
        return new TransactionWrite(namespace, cause, caller, options.validateOnly(), undone == 0);
    }

    /** Looks for the commit of a request before the past is read: some of that may not be kept any more. */
    private @Nullable CompletableFuture<Outcome> known(TransactionWrite write) {
        Known known = database.read(write::known);
        return known == null ? null : CompletableFuture.completedFuture(known);
    }

    @Override
    public Done replay(String namespace, long revision, @Nullable List<String> names, Cancellation cancellation) {
        Map<String, Change> changes = new LinkedHashMap<>();
        changes(namespace, revision).forEach(change -> changes.put(change.name(), change));
        List<Result> results = new ArrayList<>();
        for (String name : names == null ? changes.keySet() : names) {
            Change change = changes.get(name);
            results.add(
                    change != null
                            ? new Result(name, kind(change.kind()), after(change))
                            : new Result(
                                    name,
                                    null,
                                    catalog.get(namespace, name, AsOf.revision(revision), null, cancellation)
                                            .image()));
        }
        return new Done(database.read(snapshot -> Moments.position(snapshot, revision)), results);
    }

    private static @Nullable EncodedVersion after(Change change) {
        return change.after().length == 0
                ? null
                : new EncodedVersion(
                        change.namespace(),
                        UnsafeByteOperations.unsafeWrap(change.after()),
                        change.revision(),
                        change.created());
    }

    private static dev.imaged.images.Change.Kind kind(Change.Kind kind) {
        return switch (kind) {
            case CREATE -> dev.imaged.images.Change.Kind.CREATE;
            case UPDATE -> dev.imaged.images.Change.Kind.UPDATE;
            case DELETE -> dev.imaged.images.Change.Kind.DELETE;
        };
    }
}
