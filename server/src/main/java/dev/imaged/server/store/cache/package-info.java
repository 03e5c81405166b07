/** What is kept in memory of a store; each answer is tagged with the revision that it holds for. */
@NullMarked
package dev.imaged.server.store.cache;

import org.jspecify.annotations.NullMarked;
