package dev.imaged.maintenance;

import java.time.Duration;

/**
 * How far the store of a daemon is behind the cluster that it follows.
 *
 * @param revisionsBehind how many revisions the newest known commit of the cluster is ahead of the store, 0 when the store has it
 * @param behind how long ago the store had all that the cluster had. The daemon looks once a second, so up to about a second says nothing
 * @param unreadableKeys how many keys of images in the cluster do not hold an image and are left out
 */
public record Following(long revisionsBehind, Duration behind, long unreadableKeys) {}
