package dev.imaged.images;

import dev.imaged.errors.ImageException;
import dev.imaged.errors.ImageException.InvalidArgument;
import dev.imaged.internal.text.GoQuote;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the requests of {@link Transactions} make of what is stored, as pure functions for an implementation of a store. A store calls
 * them between an atomic read and an atomic write. They look at everything before they throw the error of the first operation that
 * fails, with all conditions that do not hold.
 *
 * @param stored what is stored
 * @param lease as in {@link WriteOptions}
 * @param now the time of the commit
 */
public record TransactionPlan(
        String namespace, Stored stored, @Nullable String lease, Instant now) {
    /** The images of the namespace as they are before the request. */
    public interface Stored {
        /** Returns an image, null when there is none of that name. */
        @Nullable
        VersionedImage find(String name);

        /** Returns the revision of the last change of a name, deleted or not; 0 when none is known. */
        long lastRevision(String name);
    }

    /**
     * A name and what it was.
     *
     * @param image the image that it had, null when it had none
     */
    public record Past(String name, @Nullable Image image) {}

    /**
     * Returns what a request does, in the order of its operations.
     *
     * @throws ImageException as {@link Transactions#apply}
     */
    public List<Step> apply(Apply apply) {
        int size = apply.operations().size() + apply.checks().size();
        Failures failures = new Failures(namespace, stored, size);
        for (int i = 0; i < apply.checks().size(); i++) {
            Apply.Check check = apply.checks().get(i);
            try {
                ConditionRules.require(check.condition(), check.name(), stored.find(check.name()));
            } catch (ImageException e) {
                failures.add("check", i, check.name(), e);
            }
        }
        List<Step> steps = new ArrayList<>();
        for (int i = 0; i < apply.operations().size(); i++) {
            Operation operation = apply.operations().get(i);
            try {
                steps.add(step(operation));
            } catch (ImageException e) {
                failures.add("operation", i, operation.name(), e);
            }
        }
        failures.throwFirst();
        return steps;
    }

    private Step step(Operation operation) {
        VersionedImage existing = stored.find(operation.name());
        ConditionRules.require(operation.condition(), operation.name(), existing);
        if (operation instanceof Operation.Create create) {
            WriteOptions options = new WriteOptions(create.sourceDateEpoch(), lease);
            Image image = ImageRules.create(existing != null, create.image(), options, now);
            return Step.change(create.name(), existing, image);
        } else if (operation instanceof Operation.Update update) {
            return Step.change(update.name(), existing, update(update, existing));
        } else if (operation instanceof Operation.Put put) {
            return put(put.image(), existing, new WriteOptions(put.sourceDateEpoch(), lease));
        } else if (operation instanceof Operation.Tag tag) {
            return tag(tag, existing);
        }
        return delete((Operation.Delete) operation, existing);
    }

    private Image update(Operation.Update update, @Nullable VersionedImage existing) {
        ImageValidator.requireName(update.name());
        Image found = ImageRules.requireFound(update.name(), existing).image();
        try {
            update.mask().apply(found, update.image());
        } catch (InvalidArgument e) {
            throw e.withReason("INVALID_MASK", Map.of());
        }
        WriteOptions options = new WriteOptions(update.sourceDateEpoch(), lease);
        return ImageRules.update(found, update.image(), update.mask(), options, now);
    }

    private Step put(Image request, @Nullable VersionedImage existing, WriteOptions options) {
        Image image = ImageRules.create(false, request, options, now);
        if (existing == null) {
            return Step.change(image.name(), null, image);
        }
        Image found = existing.image();
        boolean isSame = found.labels().equals(image.labels()) && found.target().equals(image.target());
        return isSame
                ? Step.nothing(image.name(), existing)
                : Step.change(image.name(), existing, at(found.createdAt(), image.updatedAt(), image));
    }

    private Step tag(Operation.Tag tag, @Nullable VersionedImage existing) {
        VersionedImage source = stored.find(tag.source());
        if (source == null) {
            throw new ImageException.NotFound("image " + GoQuote.quote(tag.source()))
                    .withReason("NO_SUCH_IMAGE", Map.of("name", tag.source()));
        }
        Map<String, String> labels = tag.targetOnly() && existing != null
                ? existing.image().labels()
                : source.image().labels();
        return put(new Image(tag.name(), labels, source.image().target()), existing, new WriteOptions(null, lease));
    }

    private static Step delete(Operation.Delete delete, @Nullable VersionedImage existing) {
        if (existing == null && delete.ignoreMissing()) {
            return Step.nothing(delete.name(), null);
        }
        ImageRules.delete(existing == null ? null : existing.image(), delete.name(), DeleteOptions.DEFAULT);
        return Step.change(delete.name(), existing, null);
    }

    /**
     * Returns what a request does, in the order of its targets.
     *
     * @param past what each of its names was at the moment that the request names, in that order
     * @throws ImageException as {@link Transactions#revert}
     */
    public List<Step> revert(Revert revert, List<Past> past) {
        Failures failures = new Failures(namespace, stored, revert.targets().size());
        List<Step> steps = new ArrayList<>();
        for (int i = 0; i < revert.targets().size(); i++) {
            Revert.Target target = revert.targets().get(i);
            VersionedImage existing = stored.find(target.name());
            try {
                ConditionRules.require(target.condition(), target.name(), existing);
                steps.add(goBack(past.get(i), existing));
            } catch (ImageException e) {
                failures.add("operation", i, target.name(), e);
            }
        }
        failures.throwFirst();
        return steps;
    }

    /**
     * Returns what a request does, in the order of the names.
     *
     * @param past what each name of the commit was before, in the order of the names
     * @throws ImageException as {@link Transactions#undo}
     */
    public List<Step> undo(Undo undo, List<Past> past) {
        Failures failures = new Failures(namespace, stored, past.size());
        List<Step> steps = new ArrayList<>();
        for (int i = 0; i < past.size(); i++) {
            String name = past.get(i).name();
            try {
                if (!undo.override()) {
                    ConditionRules.requireUnchanged(undo.revision(), name, stored.lastRevision(name));
                }
                steps.add(goBack(past.get(i), stored.find(name)));
            } catch (ImageException e) {
                failures.add("operation", i, name, e);
            }
        }
        failures.throwFirst();
        return steps;
    }

    private Step goBack(Past past, @Nullable VersionedImage existing) {
        Image image = past.image();
        if (image == null) {
            return existing == null ? Step.nothing(past.name(), null) : Step.change(past.name(), existing, null);
        }
        Step change = Step.change(past.name(), existing, at(image.createdAt(), now, image));
        if (existing == null) {
            return change;
        }
        Image found = existing.image();
        boolean isSame = image.equals(at(found.createdAt(), image.updatedAt(), found));
        return isSame ? Step.nothing(past.name(), existing) : change;
    }

    private static Image at(Instant createdAt, Instant updatedAt, Image image) {
        return new Image(image.name(), image.labels(), image.target(), createdAt, updatedAt);
    }

    /**
     * Returns the error of an operation that the store refuses after all, with what belongs to it.
     *
     * @param steps what the request does
     * @param index which of it fails
     */
    public ImageException refused(List<Step> steps, int index, ImageException error) {
        Failures failures = new Failures(namespace, stored, steps.size());
        return failures.describe("operation", index, steps.get(index).name(), error);
    }
}
