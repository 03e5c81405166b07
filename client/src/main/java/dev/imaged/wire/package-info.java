/** Both directions of each mapping between the domain and gRPC. */
@NullMarked
package dev.imaged.wire;

import org.jspecify.annotations.NullMarked;
