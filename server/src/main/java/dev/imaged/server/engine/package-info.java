/** What the services ask of an engine that keeps images. */
@NullMarked
package dev.imaged.server.engine;

import org.jspecify.annotations.NullMarked;
