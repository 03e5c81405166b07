/** The daemon as a program may start it: addresses, encryption, its store and its services. */
@NullMarked
package dev.imaged.server;

import org.jspecify.annotations.NullMarked;
