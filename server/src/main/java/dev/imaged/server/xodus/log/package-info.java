/** The files of the database's log, with checksums next to them: what changed on the disk is never taken for data. */
@NullMarked
package dev.imaged.server.xodus.log;

import org.jspecify.annotations.NullMarked;
