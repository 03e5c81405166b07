/** The engine of several daemons: etcd decides and orders the commits, and each daemon follows it into a store of its own. */
@NullMarked
package dev.imaged.server.etcd;

import org.jspecify.annotations.NullMarked;
