/** What is stored of an image and of a change, byte by byte: tables, keys, values and their frames. */
@NullMarked
package dev.imaged.server.store.record;

import org.jspecify.annotations.NullMarked;
