/** Benchmarks of what is inside the daemon, for JMH. */
@NullMarked
package dev.imaged.bench.micro;

import org.jspecify.annotations.NullMarked;
