/** What an operator does with a whole store: look, check, copy and move its images. */
@NullMarked
package dev.imaged.maintenance;

import org.jspecify.annotations.NullMarked;
