/** The errors of an image store. */
@NullMarked
package dev.imaged.errors;

import org.jspecify.annotations.NullMarked;
