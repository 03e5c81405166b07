/** The filter language of a list. */
@NullMarked
package dev.imaged.filters;

import org.jspecify.annotations.NullMarked;
