/** The daemon. */
@NullMarked
package dev.imaged.server;

import org.jspecify.annotations.NullMarked;
