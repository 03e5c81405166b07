/** The database on Xodus, and its folder. Only this package and those below it use the Xodus library. */
@NullMarked
package dev.imaged.server.xodus;

import org.jspecify.annotations.NullMarked;
