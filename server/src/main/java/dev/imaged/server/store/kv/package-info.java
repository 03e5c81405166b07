/** The interfaces of an ordered key-value database, for the store. */
@NullMarked
package dev.imaged.server.store.kv;

import org.jspecify.annotations.NullMarked;
