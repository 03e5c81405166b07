/** The image engine over any ordered key-value database: queries, plans, checks, salvage and maintenance. */
@NullMarked
package dev.imaged.server.store;

import org.jspecify.annotations.NullMarked;
