/** The content of an image's target: where it can be read, and how. */
@NullMarked
package dev.imaged.content;

import org.jspecify.annotations.NullMarked;
