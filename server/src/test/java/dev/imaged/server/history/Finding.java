package dev.imaged.server.history;

/**
 * What a recorded history shows that must not be.
 *
 * @param property what does not hold
 * @param what where
 */
record Finding(Property property, String what) {
    /** What has to hold of the log, of the writes and of all watches, in part as the robustness tests of etcd name it. */
    enum Property {
        /** Revisions and positions rise, and the names of a commit do. */
        ORDERED,
        /** Nothing comes twice. */
        UNIQUE,
        /** All matching changes of a commit come in one event. */
        WHOLE,
        /** Nothing is missing between the start of a watch and its last position, over all its connections. */
        RESUMABLE,
        /** Nothing at or below a position comes after it was told. */
        BOOKMARKABLE,
        /** A snapshot is what was stored at its position. */
        GAPLESS,
        /** A change is told as it is in the log, with its meaning to the filters. */
        FAITHFUL,
        /** A change starts from what the change before it left. */
        CHAINED,
        /** The log holds what was acknowledged once, what is unknown at most once, and nothing else. */
        ACKNOWLEDGED,
        /** A write that was answered before another was sent has the lower revision. */
        REAL_TIME,
        /** A write is not refused because of an image that only its own writer writes. */
        NO_FALSE_CONFLICT,
        /** A read has what was acknowledged before it was sent, whichever daemon answers. */
        CURRENT
    }

    @Override
    public String toString() {
        return property + ": " + what;
    }
}
