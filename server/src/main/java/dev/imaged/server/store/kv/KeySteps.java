package dev.imaged.server.store.kv;

import org.jspecify.annotations.Nullable;

/** Leads a scan from key to key, past those that do not fit. */
public interface KeySteps {
    /**
     * Returns the key itself if it fits, else a greater one that no key which fits lies before, null if none that fits is greater.
     * The empty key is the least of all.
     */
    byte @Nullable [] next(byte[] key);
}
