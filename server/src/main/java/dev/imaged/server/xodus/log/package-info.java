/** The files of the database's log, with checksums next to them: bytes that changed on the disk are never taken for data. */
@NullMarked
package dev.imaged.server.xodus.log;

import org.jspecify.annotations.NullMarked;
