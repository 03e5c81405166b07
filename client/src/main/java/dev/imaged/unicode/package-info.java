/** Sets of code points, and the properties of Unicode as Go knows them. */
@NullMarked
package dev.imaged.unicode;

import org.jspecify.annotations.NullMarked;
