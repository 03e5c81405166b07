/** The stored form of images and changes, byte by byte: tables, keys, values and their frames. */
@NullMarked
package dev.imaged.server.store.record;

import org.jspecify.annotations.NullMarked;
