/** Makes room in the log: moves what is in use out of files that hold little of it, and deletes them. */
@NullMarked
package dev.imaged.server.xodus.cleaning;

import org.jspecify.annotations.NullMarked;
