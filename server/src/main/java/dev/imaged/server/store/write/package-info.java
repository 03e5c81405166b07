/** The one thread that writes, its transactions, and how long changes are kept. */
@NullMarked
package dev.imaged.server.store.write;

import org.jspecify.annotations.NullMarked;
