/** The image stores and the content on the other end of a gRPC connection. */
@NullMarked
package dev.imaged.remote;

import org.jspecify.annotations.NullMarked;
