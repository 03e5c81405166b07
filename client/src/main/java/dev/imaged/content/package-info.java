/** The content that an image's target points to, where it can be read. */
@NullMarked
package dev.imaged.content;

import org.jspecify.annotations.NullMarked;
