package dev.imaged.images;

import dev.imaged.errors.ImageException;
import dev.imaged.errors.ImageException.AlreadyExists;
import dev.imaged.errors.ImageException.InvalidArgument;
import dev.imaged.errors.ImageException.NotFound;
import dev.imaged.errors.ImageException.Violation;
import dev.imaged.images.TransactionPlan.Stored;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The errors of the operations of one request. For one thread. */
final class Failures {
    private final String namespace;
    private final Stored stored;

    /** How many operations and checks the request has. */
    private final int size;

    private final List<Violation> violations = new ArrayList<>();
    private @Nullable ImageException first;

    Failures(String namespace, Stored stored, int size) {
        this.namespace = namespace;
        this.stored = stored;
        this.size = size;
    }

    /** Adds the error of an operation or a check. */
    void add(String kind, int index, String name, ImageException error) {
        ImageException described = describe(kind, index, name, error);
        violations.addAll(described.violations());
        first = first == null ? described : first;
    }

    /** Throws the first error that was added, with the conditions that do not hold. */
    void throwFirst() {
        if (first != null) {
            throw first.violations().isEmpty() ? first : first.withViolations(violations);
        }
    }

    /** Returns an error that says which operation failed, unless there is only one, with its reason and what belongs to that. */
    ImageException describe(String kind, int index, String name, ImageException error) {
        String place = size == 1 ? "" : kind + "s[" + index + "]: ";
        String subject = error.details().getOrDefault("name", name);
        Map<String, String> details = new HashMap<>();
        details.put(kind, String.valueOf(index));
        details.put("namespace", namespace);
        details.put("name", subject);
        VersionedImage existing = stored.find(subject);
        if (existing != null) {
            details.put("revision", String.valueOf(existing.revision()));
            details.put("digest", existing.image().target().digest());
        }
        String reason = error.reason().isEmpty() ? reason(error) : error.reason();
        return ImageException.of(error.code(), place + error.getMessage(), error)
                .withHints(error.hints())
                .withReason(reason, details)
                .withViolations(error.violations().isEmpty() ? violations(reason, subject) : error.violations());
    }

    private static String reason(ImageException error) {
        if (error instanceof NotFound) {
            return "NO_SUCH_IMAGE";
        } else if (error instanceof AlreadyExists) {
            return "NAME_TAKEN";
        }
        return error instanceof InvalidArgument ? "INVALID_IMAGE" : "";
    }

    /** Returns the condition that an operation itself implies, and that does not hold. */
    private static List<Violation> violations(String reason, String name) {
        return switch (reason) {
            case "NO_SUCH_IMAGE" -> List.of(new Violation("EXISTS", name, "it does not exist"));
            case "NAME_TAKEN" -> List.of(new Violation("ABSENT", name, "it exists"));
            default -> List.of();
        };
    }
}
