/** Maintenance of a whole store: statistics, checks, dumps, loads and backups. */
@NullMarked
package dev.imaged.maintenance;

import org.jspecify.annotations.NullMarked;
