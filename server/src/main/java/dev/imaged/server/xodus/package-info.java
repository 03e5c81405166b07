/** The engine on an embedded Xodus database; nothing outside this package names Xodus. */
@NullMarked
package dev.imaged.server.xodus;

import org.jspecify.annotations.NullMarked;
