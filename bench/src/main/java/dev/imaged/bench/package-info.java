/** Measures the daemon from outside. */
@NullMarked
package dev.imaged.bench;

import org.jspecify.annotations.NullMarked;
