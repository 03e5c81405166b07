package dev.imaged.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.BitSet;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class DistributionTest {
    @Test
    void uniformDrawsEachImageEquallyOften() {
        int images = 100;
        int draws = 1_000_000;
        Sampler sampler = Distribution.UNIFORM.over(images);
        SplittableRandom random = new SplittableRandom(7);
        long[] drawn = new long[images];
        for (int i = 0; i < draws; i++) {
            drawn[sampler.draw(random)]++;
        }
        double[] expected = new double[images];
        Arrays.fill(expected, (double) draws / images);
        assertTrue(ChiSquare.of(drawn, expected) < ChiSquare.LIMIT_OF_99_DEGREES, () -> Arrays.toString(drawn));
    }

    @ParameterizedTest
    @EnumSource
    void allImagesAreDrawnAndNoOthers(Distribution distribution) {
        int images = 1_000;
        Sampler sampler = distribution.over(images);
        SplittableRandom random = new SplittableRandom(7);
        BitSet seen = new BitSet(images);
        for (int i = 0; i < 1_000_000; i++) {
            seen.set(sampler.draw(random));
        }
        assertEquals(images, seen.cardinality());
        assertEquals(images, seen.length());
    }
}
