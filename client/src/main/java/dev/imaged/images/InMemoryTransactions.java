package dev.imaged.images;

import dev.imaged.images.Applied.Result;
import dev.imaged.images.Change.Commit;
import dev.imaged.images.TransactionPlan.Past;
import dev.imaged.internal.text.Utf8Order;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The contract of transactions in its plainest form: everything in memory. For callers that hold the lock of the stores. */
final class InMemoryTransactions {
    private final InMemoryImageStores stores;
    private final InMemoryState state;
    private final String namespace;

    /** A request with an id, and the commit that it made. */
    record Known(Record request, long revision) {}

    InMemoryTransactions(InMemoryImageStores stores, InMemoryState state, String namespace) {
        this.stores = stores;
        this.state = state;
        this.namespace = namespace;
    }

    Applied apply(Apply apply) {
        TransactionRules.requireValid(apply);
        List<String> names = apply.operations().stream().map(Operation::name).toList();
        return run(apply, apply.options(), names, 0, plan -> plan.apply(apply));
    }

    Applied revert(Revert revert) {
        TransactionRules.requireValid(revert);
        List<String> names = revert.targets().stream().map(Revert.Target::name).toList();
        return run(revert, revert.options(), names, 0, plan -> {
            List<Past> past = revert.targets().stream()
                    .map(target -> new Past(target.name(), imageAt(target)))
                    .toList();
            return plan.revert(revert, past);
        });
    }

    Applied undo(Undo undo) {
        TransactionRules.requireValid(undo);
        return run(undo, undo.options(), null, undo.revision(), plan -> {
            requireCommitKept(undo.revision());
            List<Change> changes = state.commit(namespace, undo.revision());
            if (changes.isEmpty()) {
                throw TransactionRules.noSuchCommit(namespace, undo.revision());
            }
            return plan.undo(
                    undo,
                    changes.stream()
                            .map(change -> new Past(change.name(), change.before()))
                            .toList());
        });
    }

    /**
     * Carries out a request, unless its id is known.
     *
     * @param names the names of the results; null for those that change
     */
    private Applied run(
            Record request,
            RequestOptions options,
            @Nullable List<String> names,
            long undone,
            Function<TransactionPlan, List<Step>> planning) {
        String id = options.effectiveId();
        if (id != null) {
            Known known = state.request(namespace, id);
            if (known != null) {
                return replay(id, known, request, names);
            }
        }
        Instant now = state.nextTime();
        List<Step> steps = planning.apply(new TransactionPlan(namespace, new Stored(), null, now));
        List<Step> answered =
                names == null ? steps.stream().filter(Step::isChange).toList() : steps;
        Cause cause = new Cause("", options.requestId(), options.reason(), undone);
        Commit commit = state.begin(namespace, now, cause);
        List<Step> changes = steps.stream()
                .filter(Step::isChange)
                .sorted(Comparator.comparing(Step::name, Utf8Order.COMPARATOR))
                .toList();
        if (options.validateOnly()) {
            return new Applied(
                    position(state.revision()),
                    answered.stream().map(step -> foreseen(step, commit)).toList(),
                    false);
        }
        changes.forEach(step -> write(commit, step));
        stores.notifyAll(); // those who watch
        if (id != null && !changes.isEmpty()) {
            state.remember(namespace, id, new Known(request, commit.revision()));
        }
        state.dropOld();
        return new Applied(
                position(state.revision()),
                answered.stream()
                        .map(step -> new Result(
                                step.name(),
                                step.kind(),
                                state.images(namespace).get(step.name())))
                        .toList(),
                false);
    }

    private void write(Commit commit, Step step) {
        Image after = step.after();
        if (after == null) {
            state.remove(commit, step.name());
        } else {
            state.put(commit, after);
        }
    }

    /** Returns what a step would do, with the revisions that it would get. */
    private Result foreseen(Step step, Commit commit) {
        VersionedImage before = step.before();
        Image after = step.after();
        if (!step.isChange() || after == null) {
            return new Result(step.name(), step.kind(), step.isChange() ? null : before);
        }
        long created = before == null ? commit.revision() : before.createdRevision();
        return new Result(step.name(), step.kind(), new VersionedImage(namespace, after, commit.revision(), created));
    }

    private Applied replay(String id, Known known, Record request, @Nullable List<String> names) {
        if (!known.request().equals(request)) {
            throw TransactionRules.reused(id, known.revision());
        }
        Map<String, Change> changes = new TreeMap<>(Utf8Order.COMPARATOR);
        state.commit(namespace, known.revision()).forEach(change -> changes.put(change.name(), change));
        List<String> answered = names == null ? List.copyOf(changes.keySet()) : names;
        return new Applied(
                position(known.revision()),
                answered.stream()
                        .map(name -> {
                            Change change = changes.get(name);
                            return new Result(
                                    name,
                                    change == null ? null : change.kind(),
                                    state.images(namespace, known.revision()).get(name));
                        })
                        .toList(),
                true);
    }

    private @Nullable Image imageAt(Revert.Target target) {
        long revision = new InMemoryPast(state).position(target.asOf()).revision();
        VersionedImage image = state.images(namespace, revision).get(target.name());
        return image == null ? null : image.image();
    }

    /** A commit is not kept any more when only the state after it is. */
    private void requireCommitKept(long revision) {
        PageRules.requireCommitKept(revision, position(state.oldest()), position(state.revision()));
    }

    private Position position(long revision) {
        return new Position(state.store, revision);
    }

    private final class Stored implements TransactionPlan.Stored {
        @Override
        public @Nullable VersionedImage find(String name) {
            return state.images(namespace).get(name);
        }

        @Override
        public long lastRevision(String name) {
            return state.lastRevision(namespace, name);
        }
    }
}
