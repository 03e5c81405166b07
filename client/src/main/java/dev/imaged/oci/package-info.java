/** The parts of an image's target: descriptors, digests, platforms and media types of the OCI image specification. */
@NullMarked
package dev.imaged.oci;

import org.jspecify.annotations.NullMarked;
