/**
 * Sets of code points, and the properties of Unicode as Go knows them.
 *
 * <p>Internal: shared by the library and the daemon, and may change at any time.
 */
@NullMarked
package dev.imaged.internal.unicode;

import org.jspecify.annotations.NullMarked;
