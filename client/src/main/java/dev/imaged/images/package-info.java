/**
 * An image is a name for a content root; a store keeps such names. {@link dev.imaged.images.ImageStore} is where to start.
 */
@NullMarked
package dev.imaged.images;

import org.jspecify.annotations.NullMarked;
