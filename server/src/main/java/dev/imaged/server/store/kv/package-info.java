/** What the store needs of an ordered key-value database. */
@NullMarked
package dev.imaged.server.store.kv;

import org.jspecify.annotations.NullMarked;
