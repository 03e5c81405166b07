package dev.imaged.maintenance;

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
 */
public record StoreStats(
        String instanceId,
        long namespaces,
        long images,
        long lastRevision,
        long oldestRevision,
        long diskBytes,
        long liveBytes) {}
