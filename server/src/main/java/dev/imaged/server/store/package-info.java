/** The image engine over any ordered key-value database: records, indexes, the change log, caches, queries and commits. */
@org.jspecify.annotations.NullMarked
package dev.imaged.server.store;
