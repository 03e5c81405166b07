/** What an image's target is made of: descriptors, digests and media types of the OCI image specification. */
@NullMarked
package dev.imaged.oci;

import org.jspecify.annotations.NullMarked;
