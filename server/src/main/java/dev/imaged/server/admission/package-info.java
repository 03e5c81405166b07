/** Who may come in, and what one caller may take of what all share: memory, places in queues, threads, connections. */
@NullMarked
package dev.imaged.server.admission;

import org.jspecify.annotations.NullMarked;
