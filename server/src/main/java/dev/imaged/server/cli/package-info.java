/** The commands of operators, which speak the Images API as any client does. */
@NullMarked
package dev.imaged.server.cli;

import org.jspecify.annotations.NullMarked;
