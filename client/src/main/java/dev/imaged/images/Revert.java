package dev.imaged.images;

import java.util.List;

/**
 * Names that become what they were once, together, or not at all. Immutable.
 *
 * @param targets at most {@value TransactionRules#MAX_OPERATIONS}, each of another name
 * @param options what else the request says
 */
public record Revert(List<Target> targets, RequestOptions options) {
    public Revert {
        targets = List.copyOf(targets);
    }

    /**
     * A name that becomes what it was.
     *
     * @param asOf the moment to go back to, a revision or a time; a name that did not exist then is deleted
     * @param condition what has to hold of the name now
     */
    public record Target(String name, AsOf asOf, Condition condition) {
        /** A name that becomes what it was, whatever it is now. */
        public Target(String name, AsOf asOf) {
            this(name, asOf, Condition.NONE);
        }
    }

    /** Returns a request to make one name what it was. */
    public static Revert of(String name, AsOf asOf) {
        return new Revert(List.of(new Target(name, asOf)), RequestOptions.DEFAULT);
    }

    /** Returns this request with other options. */
    public Revert with(RequestOptions other) {
        return new Revert(targets, other);
    }
}
