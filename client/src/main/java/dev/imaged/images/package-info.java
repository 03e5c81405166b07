/** An image is a name for a content root; a store keeps such names. */
@NullMarked
package dev.imaged.images;

import org.jspecify.annotations.NullMarked;
