package dev.imaged.images;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The options of a create or an update. Immutable and thread-safe.
 *
 * @param sourceDateEpoch the time to record instead of the store's clock (reproducible-builds.org, SOURCE_DATE_EPOCH);
 *     null for the clock
 * @param lease the lease to hold an expiring image by; null for none. A store without leases answers NotFound when a
 *     lease is named and the image carries the label {@value GcLabels#EXPIRE}
 */
public record WriteOptions(
        @Nullable Instant sourceDateEpoch, @Nullable String lease) {
    /** The store's clock and no lease. */
    public static final WriteOptions DEFAULT = new WriteOptions(null, null);

    /** The options to record this time instead of the store's clock. */
    public static WriteOptions atEpoch(Instant sourceDateEpoch) {
        return new WriteOptions(sourceDateEpoch, null);
    }
}
