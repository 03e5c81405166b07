/** An image store on the other end of a gRPC connection. */
@NullMarked
package dev.imaged.remote;

import org.jspecify.annotations.NullMarked;
