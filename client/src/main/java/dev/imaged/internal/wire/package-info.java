/**
 * Both directions of each mapping between the domain and gRPC.
 *
 * <p>Internal: shared by the library and the daemon, and may change at any time.
 */
@NullMarked
package dev.imaged.internal.wire;

import org.jspecify.annotations.NullMarked;
