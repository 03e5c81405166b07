package dev.imaged.images;

import dev.imaged.errors.ImageException;
import dev.imaged.errors.ImageException.InvalidArgument;
import dev.imaged.errors.ImageException.NotFound;
import dev.imaged.errors.ImageException.ResourceExhausted;
import dev.imaged.images.Apply.Check;
import dev.imaged.internal.text.Excerpt;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The rules for requests to {@link Transactions} that hold whatever is stored, as pure functions. */
public final class TransactionRules {
    /** The most operations of a request, and the most checks. */
    public static final int MAX_OPERATIONS = 100;

    /** The most bytes, in UTF-8, of all texts of the operations and checks of a request. */
    public static final int MAX_BYTES = 1024 * 1024;

    /** The most characters of the id of a request. */
    public static final int MAX_REQUEST_ID_LENGTH = 64;

    /** The most bytes, in UTF-8, of a reason. */
    public static final int MAX_REASON_BYTES = 256;

    private TransactionRules() {}

    /**
     * Checks a request.
     *
     * @throws InvalidArgument when it is empty, has a name twice, or an id, a reason or a condition that breaks a rule
     * @throws ResourceExhausted when it is too large
     */
    public static void requireValid(Apply apply) {
        requireUnicode(apply);
        requireValid(apply.options());
        if (apply.operations().isEmpty() && apply.checks().isEmpty()) {
            throw new InvalidArgument("operations must not be empty unless there are checks");
        }
        requireCount("operations", apply.operations().size());
        requireCount("checks", apply.checks().size());
        requireOnce(
                "operations", apply.operations().stream().map(Operation::name).toList());
        long bytes = 0;
        for (int i = 0; i < apply.operations().size(); i++) {
            Operation operation = apply.operations().get(i);
            requireValid("operations[" + i + "]", operation.condition());
            bytes += bytes(operation);
        }
        for (int i = 0; i < apply.checks().size(); i++) {
            Check check = apply.checks().get(i);
            requireValid("checks[" + i + "]", check.condition());
            bytes += bytes(check.name(), check.condition());
        }
        requireBytes(bytes);
    }

    /** Checks a request, and throws the same errors as {@link #requireValid(Apply)}. */
    public static void requireValid(Revert revert) {
        requireUnicode(revert);
        requireValid(revert.options());
        if (revert.targets().isEmpty()) {
            throw new InvalidArgument("targets must not be empty");
        }
        requireCount("targets", revert.targets().size());
        requireOnce(
                "targets", revert.targets().stream().map(Revert.Target::name).toList());
        long bytes = 0;
        for (int i = 0; i < revert.targets().size(); i++) {
            Revert.Target target = revert.targets().get(i);
            requireValid("targets[" + i + "]", target.condition());
            if (target.asOf().equals(AsOf.now())) {
                throw new InvalidArgument("targets[" + i + "].as_of must have a revision or a time");
            }
            bytes += bytes(target.name(), target.condition());
        }
        requireBytes(bytes);
    }

    /** Checks a request, and throws the same errors as {@link #requireValid(Apply)}. */
    public static void requireValid(Undo undo) {
        requireUnicode(undo.options());
        requireValid(undo.options());
        if (undo.revision() <= 0) {
            throw new InvalidArgument("revision " + undo.revision() + " must be greater than zero");
        }
    }

    /**
     * Checks that all texts of a request can be encoded.
     *
     * @throws InvalidArgument when a text holds a surrogate without its other half, naming the field
     */
    public static void requireUnicode(Apply apply) {
        requireUnicode(apply.options());
        apply.operations().forEach(operation -> {
            requireUnicode(operation.name(), operation.condition());
            requireUnicode(operation);
        });
        apply.checks().forEach(check -> requireUnicode(check.name(), check.condition()));
    }

    /** Checks that all texts of a request can be encoded, as {@link #requireUnicode(Apply)}. */
    public static void requireUnicode(Revert revert) {
        requireUnicode(revert.options());
        revert.targets().forEach(target -> requireUnicode(target.name(), target.condition()));
    }

    /** Checks that all texts of the options of a request can be encoded, as {@link #requireUnicode(Apply)}. */
    public static void requireUnicode(RequestOptions options) {
        ImageValidator.requireUnicode("request_id", options.requestId());
        ImageValidator.requireUnicode("reason", options.reason());
    }

    private static void requireUnicode(String name, Condition condition) {
        ImageValidator.requireUnicode("name", name);
        ImageValidator.requireUnicode("if_digest", condition.digest());
    }

    private static void requireUnicode(Operation operation) {
        if (operation instanceof Operation.Create create) {
            ImageValidator.requireUnicode(create.image());
        } else if (operation instanceof Operation.Update update) {
            ImageValidator.requireUnicode(update.image());
            update.mask().paths().forEach(path -> ImageValidator.requireUnicode("update_mask", path));
        } else if (operation instanceof Operation.Put put) {
            ImageValidator.requireUnicode(put.image());
        } else if (operation instanceof Operation.Tag tag) {
            ImageValidator.requireUnicode("source", tag.source());
        }
    }

    private static void requireValid(RequestOptions options) {
        String id = options.requestId();
        if (id.length() > MAX_REQUEST_ID_LENGTH || !id.chars().allMatch(c -> c > ' ' && c <= '~')) {
            throw new InvalidArgument("request_id " + Excerpt.quote(id) + " must have 1 to " + MAX_REQUEST_ID_LENGTH
                    + " visible ASCII characters");
        }
        int bytes = utf8Length(options.reason());
        if (bytes > MAX_REASON_BYTES) {
            throw new InvalidArgument("reason " + Excerpt.quote(options.reason()) + " has " + bytes
                    + " bytes, more than the maximum of " + MAX_REASON_BYTES + " bytes");
        }
    }

    private static void requireValid(String place, Condition condition) {
        if (condition.revision() < 0) {
            throw new InvalidArgument(
                    place + ".condition.if_revision " + condition.revision() + " must not be negative");
        }
        boolean mustBeAbsent = condition.existence() == Condition.Existence.ABSENT;
        if (mustBeAbsent && condition.needsImage()) {
            throw new InvalidArgument(
                    place + ".condition asks for no image, and for a revision or a digest of it: it never holds");
        }
    }

    private static void requireCount(String field, int count) {
        if (count > MAX_OPERATIONS) {
            throw ResourceExhausted.tooLarge(
                    field + " are " + count + ", more than the maximum of " + MAX_OPERATIONS, null);
        }
    }

    private static void requireBytes(long bytes) {
        if (bytes > MAX_BYTES) {
            throw ResourceExhausted.tooLarge(
                    "the texts of the request have " + bytes + " bytes, more than the maximum of " + MAX_BYTES
                            + " bytes",
                    null);
        }
    }

    private static void requireOnce(String field, List<String> names) {
        Map<String, Integer> places = new HashMap<>();
        for (int i = 0; i < names.size(); i++) {
            Integer other = places.put(names.get(i), i);
            if (other != null) {
                throw new InvalidArgument(field + "[" + other + "] and " + field + "[" + i + "] have the same name "
                                + Excerpt.quote(names.get(i)) + ": a name may occur once")
                        .withReason("NAME_TWICE", Map.of("operation", "" + i, "name", names.get(i)));
            }
        }
    }

    /**
     * Returns the error of a request whose id belongs to another.
     *
     * @param revision the commit that the other request made
     */
    public static ImageException reused(String requestId, long revision) {
        return new InvalidArgument("request_id " + Excerpt.quote(requestId)
                        + " was used for another request, which made revision " + revision + ": use a new id")
                .withReason("REQUEST_ID_REUSED", Map.of("revision", String.valueOf(revision)));
    }

    /** Returns the error of an undo whose revision is not that of a commit of the namespace. */
    public static ImageException noSuchCommit(String namespace, long revision) {
        return new NotFound("commit of revision " + revision + " in namespace " + namespace)
                .withReason("NO_SUCH_COMMIT", Map.of("namespace", namespace, "revision", String.valueOf(revision)));
    }

    /** Returns about how many bytes a request takes. */
    public static long bytes(Apply apply) {
        long bytes = 0;
        for (Operation operation : apply.operations()) {
            bytes += bytes(operation);
        }
        for (Check check : apply.checks()) {
            bytes += bytes(check.name(), check.condition());
        }
        return bytes;
    }

    private static long bytes(Operation operation) {
        long own = bytes(operation.name(), operation.condition());
        if (operation instanceof Operation.Create create) {
            return own + bytes(create.image());
        } else if (operation instanceof Operation.Update update) {
            long mask = update.mask().paths().stream()
                    .mapToLong(TransactionRules::utf8Length)
                    .sum();
            return own + bytes(update.image()) + mask;
        } else if (operation instanceof Operation.Put put) {
            return own + bytes(put.image());
        } else if (operation instanceof Operation.Tag tag) {
            return own + utf8Length(tag.source());
        }
        return own;
    }

    private static long bytes(String name, Condition condition) {
        return (long) utf8Length(name) + utf8Length(condition.digest());
    }

    private static long bytes(Image image) {
        return (long) utf8Length(image.target().digest())
                + utf8Length(image.target().mediaType())
                + bytes(image.labels())
                + bytes(image.target().annotations());
    }

    private static long bytes(Map<String, String> entries) {
        return entries.entrySet().stream()
                .mapToLong(entry -> (long) utf8Length(entry.getKey()) + utf8Length(entry.getValue()))
                .sum();
    }

    private static int utf8Length(String text) {
        return text.getBytes(StandardCharsets.UTF_8).length;
    }
}
