package dev.imaged.server.store.kv;

import java.util.UUID;

/**
 * The store that a whole copy follows.
 *
 * @param id the id of the store, which it gets anew when it begins a new life
 * @param revision a revision that the copy is known to have had
 */
public record FollowedStore(UUID id, long revision) {}
