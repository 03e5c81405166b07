/**
 * Certificates and private keys, read from files and checked.
 *
 * <p>Internal: shared by the library and the daemon, and may change at any time.
 */
@NullMarked
package dev.imaged.internal.tls;

import org.jspecify.annotations.NullMarked;
