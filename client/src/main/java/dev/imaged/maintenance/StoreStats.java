package dev.imaged.maintenance;

import org.jspecify.annotations.Nullable;

/**
 * How much a store holds.
 *
 * @param instanceId tells this store from all others, even from one that started as a copy of its images
 * @param namespaces how many namespaces ever had an image
 * @param images how many images there are in all namespaces
 * @param lastRevision how many changes were ever committed
 * @param oldestRevision the revision of the oldest change that is kept
 * @param diskBytes the size of the files in bytes
 * @param liveBytes how many of these bytes are in use, as far as is known; the others are freed while the store is idle
 * @param following how far the store is behind the cluster that it follows; null when it follows none, or no daemon serves it
 */
public record StoreStats(
        String instanceId,
        long namespaces,
        long images,
        long lastRevision,
        long oldestRevision,
        long diskBytes,
        long liveBytes,
        @Nullable Following following) {
    /** Makes the stats of a store that follows no cluster. */
    public StoreStats(
            String instanceId,
            long namespaces,
            long images,
            long lastRevision,
            long oldestRevision,
            long diskBytes,
            long liveBytes) {
        this(instanceId, namespaces, images, lastRevision, oldestRevision, diskBytes, liveBytes, null);
    }

    /** Returns the same with how far the store is behind a cluster. */
    public StoreStats following(Following other) {
        return new StoreStats(
                instanceId, namespaces, images, lastRevision, oldestRevision, diskBytes, liveBytes, other);
    }
}
