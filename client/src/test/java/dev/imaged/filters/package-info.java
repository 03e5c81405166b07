@NullMarked
package dev.imaged.filters;

import org.jspecify.annotations.NullMarked;
