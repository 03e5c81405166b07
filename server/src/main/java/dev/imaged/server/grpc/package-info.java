/** The gRPC services. */
@NullMarked
package dev.imaged.server.grpc;

import org.jspecify.annotations.NullMarked;
