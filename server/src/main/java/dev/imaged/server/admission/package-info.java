/** Bounds on what one caller may take of the resources that all callers share: memory, places in queues, threads, connections. */
@NullMarked
package dev.imaged.server.admission;

import org.jspecify.annotations.NullMarked;
