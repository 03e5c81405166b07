/** What the store needs of an ordered key-value database. */
@org.jspecify.annotations.NullMarked
package dev.imaged.server.store.kv;
