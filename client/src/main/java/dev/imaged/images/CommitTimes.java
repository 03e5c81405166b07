package dev.imaged.images;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Tells by the clock of a view when commits were made, whatever the clock of the other machine shows: a commit is as old as it took longer
 * to come than the quickest one. For one thread at a time.
 */
final class CommitTimes {
    private final Duration longestSilence;

    /** When the last event came. */
    private Instant heard;

    /** Whether the view had everything then. */
    private boolean wasWhole;

    /** The least time that a commit took to come, by both clocks: it holds their difference. Null before the first commit. */
    private @Nullable Duration quickest;

    /** @param longestSilence how old what comes may be and still count as recent */
    CommitTimes(Duration longestSilence, Instant now) {
        this.longestSilence = longestSilence;
        this.heard = now;
    }

    /** Says that the view has everything. */
    void whole(Instant now) {
        heard = now;
        wasWhole = true;
    }

    /** Says that the view has the commits of an event. */
    void received(Instant now) {
        heard = now;
        wasWhole = false;
    }

    /** Returns when a commit was made that comes now. */
    Instant of(Instant commit, Instant now) {
        Duration took = Duration.between(commit, now);
        boolean isRecent = Duration.between(heard, now).compareTo(longestSilence) <= 0;
        Duration known = quickest;
        if (isRecent && (known == null || wasWhole)) {
            known = took; // again behind each time that all was known, because clocks are set
        } else if (known == null) {
            return commit.isBefore(now) ? commit : now; // as if both clocks showed the same
        } else if (took.compareTo(known) < 0) {
            known = took;
        }
        wasWhole = false;
        quickest = known;
        return commit.plus(known);
    }
}
