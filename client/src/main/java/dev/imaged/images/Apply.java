package dev.imaged.images;

import java.util.ArrayList;
import java.util.List;

/**
 * Operations on several images of a namespace that take place together, or not at all. Immutable.
 *
 * @param operations at most {@value TransactionRules#MAX_OPERATIONS}, each of another name; at least one unless there are checks
 * @param checks what has to hold of names that are not written, at most {@value TransactionRules#MAX_OPERATIONS}
 * @param options what else the request says
 */
public record Apply(List<Operation> operations, List<Check> checks, RequestOptions options) {
    public Apply {
        operations = List.copyOf(operations);
        checks = List.copyOf(checks);
    }

    /** What has to hold of a name that is not written. */
    public record Check(String name, Condition condition) {}

    /** Returns a request of these operations. */
    public static Apply of(Operation... operations) {
        return of(List.of(operations));
    }

    /** Returns a request of these operations. */
    public static Apply of(List<Operation> operations) {
        return new Apply(operations, List.of(), RequestOptions.DEFAULT);
    }

    /** Returns this request with a further check. */
    public Apply check(String name, Condition condition) {
        List<Check> all = new ArrayList<>(checks);
        all.add(new Check(name, condition));
        return new Apply(operations, all, options);
    }

    /** Returns this request with other options. */
    public Apply with(RequestOptions other) {
        return new Apply(operations, checks, other);
    }
}
