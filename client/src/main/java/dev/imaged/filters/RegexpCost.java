package dev.imaged.filters;

/** The cost of a regexp: its instructions, and the ranges of the sets that were made for it. Not thread-safe. */
final class RegexpCost {
    /** The highest cost of all regexps of a list together. Go accepts about ten times as many instructions in one regexp. */
    static final long MAX = 300_000;

    private long spent;

    /** @throws IllegalArgumentException when the regexp costs too much */
    void add(long cost) {
        spent += cost;
        if (spent > MAX) {
            throw new IllegalArgumentException("the regexp has more than " + MAX + " instructions and ranges");
        }
    }

    long spent() {
        return spent;
    }
}
