/**
 * Times: RFC 3339, and the clock that a store gives its writes.
 *
 * <p>Internal: shared by the library and the daemon, and may change at any time.
 */
@NullMarked
package dev.imaged.internal.time;

import org.jspecify.annotations.NullMarked;
