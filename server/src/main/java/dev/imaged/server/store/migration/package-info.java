/** Brings a store of an older schema to the newest, in place. */
@NullMarked
package dev.imaged.server.store.migration;

import org.jspecify.annotations.NullMarked;
