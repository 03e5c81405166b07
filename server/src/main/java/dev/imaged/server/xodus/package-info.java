/** The database on Xodus, and its folder; nothing outside of this package names Xodus. */
@NullMarked
package dev.imaged.server.xodus;

import org.jspecify.annotations.NullMarked;
