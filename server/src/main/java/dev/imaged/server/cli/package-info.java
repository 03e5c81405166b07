/** The program: the commands of operators and the one that serves. */
@NullMarked
package dev.imaged.server.cli;

import org.jspecify.annotations.NullMarked;
