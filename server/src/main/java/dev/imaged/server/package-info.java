/** The daemon: its addresses, encryption, store and services. */
@NullMarked
package dev.imaged.server;

import org.jspecify.annotations.NullMarked;
