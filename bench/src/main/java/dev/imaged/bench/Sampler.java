package dev.imaged.bench;

import java.util.random.RandomGenerator;

/** Draws one of {@code n} images, in constant time. Thread-safe as far as the random numbers are. */
@FunctionalInterface
interface Sampler {
    /** Returns the number of an image, from 0 to {@code n - 1}. */
    int draw(RandomGenerator random);
}
