package dev.imaged.server.store.kv;

import org.jspecify.annotations.Nullable;

/** Leads a scan from key to key, past those that do not fit. */
public interface KeySteps {
    /**
     * Returns the key itself if it fits. Otherwise returns a greater key, such that no key between the two fits, or null if no greater
     * key fits. The empty key is the least of all.
     */
    byte @Nullable [] next(byte[] key);
}
