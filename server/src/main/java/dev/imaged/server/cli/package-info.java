/** The program: the command that serves, and those of operators. */
@NullMarked
package dev.imaged.server.cli;

import org.jspecify.annotations.NullMarked;
