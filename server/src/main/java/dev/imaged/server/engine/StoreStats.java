package dev.imaged.server.engine;

/**
 * How much a store holds.
 *
 * @param instanceId tells this store from all others, also from one that began as a copy of its images
 * @param namespaces how many namespaces ever had an image
 * @param images how many images there are in all namespaces
 * @param lastRevision how many mutations were committed, ever
 * @param oldestRevision the revision of the oldest change that is kept
 * @param diskBytes what the files take
 * @param liveBytes what of that is in use, as far as is known; the rest is given back while the store is idle
 */
public record StoreStats(
        String instanceId,
        long namespaces,
        long images,
        long lastRevision,
        long oldestRevision,
        long diskBytes,
        long liveBytes) {}
