/** Small programs on the client library, each for one job and on its own. */
@org.jspecify.annotations.NullMarked
package dev.imaged.examples;
