package dev.imaged.server.store;

import dev.imaged.errors.ImageException;
import dev.imaged.errors.ImageException.ResourceExhausted;
import dev.imaged.images.Image;
import dev.imaged.images.Position;
import dev.imaged.images.Step;
import dev.imaged.images.TransactionPlan;
import dev.imaged.images.TransactionRules;
import dev.imaged.server.engine.EncodedResponse;
import dev.imaged.server.engine.EncodedVersion;
import dev.imaged.server.engine.ImageTransactions.Caller;
import dev.imaged.server.engine.ImageTransactions.Done;
import dev.imaged.server.engine.ImageTransactions.Known;
import dev.imaged.server.engine.ImageTransactions.Outcome;
import dev.imaged.server.engine.ImageTransactions.Result;
import dev.imaged.server.store.kv.Snapshot;
import dev.imaged.server.store.record.Cause;
import dev.imaged.server.store.record.ChangeLog;
import dev.imaged.server.store.record.ChangeLog.KnownRequest;
import dev.imaged.server.store.record.DecodedRecord;
import dev.imaged.server.store.record.EncodedRecord;
import dev.imaged.server.store.record.Keys;
import dev.imaged.server.store.write.Commit;
import dev.imaged.server.store.write.ImageWriter.Mutation;
import dev.imaged.server.store.write.WriteTransaction;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/**
 * How a request of several images is carried out: it reads and checks everything before it writes.
 *
 * @param caller who sends the request
 * @param isValidation whether nothing is written
 * @param answersAll whether the answer has a result for each name, even where nothing changes
 */
record TransactionWrite(String namespace, Cause cause, Caller caller, boolean isValidation, boolean answersAll) {
    /** More than what a result has in an answer besides its name and its image. */
    private static final long RESULT_BYTES = 256;

    /** Returns the commit that the request made before, as {@link #known(KnownRequest)}, as far as a snapshot tells. */
    @Nullable
    Known known(Snapshot snapshot) {
        return hasId() ? known(ChangeLog.knownRequest(snapshot, namespace, cause.requestId())) : null;
    }

    boolean hasId() {
        return !cause.requestId().isEmpty();
    }

    /**
     * Returns the commit that the request made before, null when it made none.
     *
     * @throws ImageException.InvalidArgument when another request of the namespace has the same id
     */
    private @Nullable Known known(@Nullable KnownRequest carriedOut) {
        if (carriedOut == null) {
            return null;
        } else if (!carriedOut.hash().equals(cause.requestHash())) {
            throw TransactionRules.reused(cause.requestId(), carriedOut.revision());
        }
        return new Known(carriedOut.revision());
    }

    /** Returns the mutation that carries out what a plan says. */
    Mutation<Outcome> mutation(BiFunction<TransactionPlan, Snapshot, List<Step>> planning) {
        return new Mutation<>() {
            @Override
            public Outcome apply(WriteTransaction transaction) {
                return run(transaction, planning);
            }

            @Override
            public Outcome at(long revision, Outcome outcome) {
                return outcome instanceof Done done ? made(revision, done) : outcome;
            }
        };
    }

    private static Done made(long revision, Done done) {
        Position position = done.position();
        return new Done(
                new Position(position.store(), known(position.revision(), revision)),
                done.results().stream()
                        .map(result -> new Result(result.name(), result.kind(), made(revision, result.image())))
                        .toList());
    }

    private static @Nullable EncodedVersion made(long revision, @Nullable EncodedVersion image) {
        return image == null
                ? null
                : new EncodedVersion(
                        image.namespace(),
                        image.image(),
                        known(image.revision(), revision),
                        known(image.createdRevision(), revision));
    }

    private static long known(long revision, long made) {
        return revision == Commit.PENDING ? made : revision;
    }

    /** Carries out what a plan says for what is stored now. */
    Outcome run(WriteTransaction transaction, BiFunction<TransactionPlan, Snapshot, List<Step>> planning) {
        Known known = hasId() ? known(transaction.knownRequest(namespace, cause.requestId())) : null;
        if (known != null) {
            return known;
        }
        Commit commit = transaction.begin(namespace, cause);
        ReadImages stored = new ReadImages(transaction, namespace);
        TransactionPlan plan = new TransactionPlan(namespace, stored, caller.lease(), commit.time());
        List<Step> steps = planning.apply(plan, transaction.snapshot());
        List<Result> results = new ArrayList<>();
        long answerBytes = 0;
        for (int i = 0; i < steps.size(); i++) {
            Step step = steps.get(i);
            EncodedRecord after = prepare(commit, plan, steps, i, stored.record(step.name()));
            if (step.isChange() || answersAll) {
                results.add(new Result(step.name(), step.kind(), after == null ? null : version(after)));
                answerBytes += RESULT_BYTES + Keys.utf8(step.name()).length + (after == null ? 0 : after.size());
                requireSendable(
                        answerBytes); // before the next image is encoded: a small request may make many large ones
            }
        }
        transaction.answers(answerBytes);
        if (!isValidation) {
            commit.write();
        }
        Done done = new Done(Moments.position(transaction.snapshot(), transaction.revision()), results);
        if (caller.collects() && !isValidation) {
            StoreImages.collect(transaction);
        }
        return done;
    }

    /** Prepares a step, and returns the record of its image afterwards, null when there is none. */
    private static @Nullable EncodedRecord prepare(
            Commit commit, TransactionPlan plan, List<Step> steps, int index, @Nullable DecodedRecord before) {
        Step step = steps.get(index);
        Image after = step.after();
        if (!step.isChange()) {
            return before == null ? null : before.record();
        } else if (after == null) {
            commit.delete(Objects.requireNonNull(before));
            return null;
        }
        try {
            return before == null ? commit.create(after) : commit.update(before, after);
        } catch (ImageException.InvalidArgument e) {
            throw plan.refused(steps, index, e);
        }
    }

    private EncodedVersion version(EncodedRecord record) {
        return new EncodedVersion(namespace, record.message(), record.modifiedRevision(), record.createdRevision());
    }

    private static void requireSendable(long bytes) {
        if (bytes > EncodedResponse.MAX_BYTES) {
            throw ResourceExhausted.tooLarge(
                    "the answer would have " + bytes + " bytes or more, more than the maximum of "
                            + EncodedResponse.MAX_BYTES + " bytes: change fewer images at once",
                    null);
        }
    }
}
