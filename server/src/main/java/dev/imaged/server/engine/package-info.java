/** The interfaces of an engine that keeps images, for the services. */
@NullMarked
package dev.imaged.server.engine;

import org.jspecify.annotations.NullMarked;
