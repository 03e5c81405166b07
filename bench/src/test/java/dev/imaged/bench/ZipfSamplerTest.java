package dev.imaged.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.BitSet;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ZipfSamplerTest {
    private static final double EXPONENT = 0.99;
    private static final int DRAWS = 1_000_000;

    @ParameterizedTest
    @ValueSource(doubles = {0.5, EXPONENT, 1.5})
    void eachRankComesAsOftenAsZipfsLawSays(double exponent) {
        int images = 100;
        ZipfSampler sampler = new ZipfSampler(images, exponent);
        SplittableRandom random = new SplittableRandom(7);
        long[] drawn = new long[images];
        for (int i = 0; i < DRAWS; i++) {
            drawn[sampler.rank(random) - 1]++;
        }
        double[] expected = IntStream.rangeClosed(1, images)
                .mapToDouble(rank -> DRAWS * Math.pow(rank, -exponent) / weights(1, images, exponent))
                .toArray();
        assertTrue(ChiSquare.of(drawn, expected) < ChiSquare.LIMIT_OF_99_DEGREES, () -> Arrays.toString(drawn));
    }

    @Test
    void theHottestOfAMillionComeAsOftenAsZipfsLawSays() {
        int images = 1_000_000;
        ZipfSampler sampler = new ZipfSampler(images, EXPONENT);
        SplittableRandom random = new SplittableRandom(7);
        int[] ranks = IntStream.range(0, DRAWS).map(i -> sampler.rank(random)).toArray();
        for (int hottest : new int[] {1, 10, 1_000, 100_000, 999_999}) {
            double share = Arrays.stream(ranks).filter(rank -> rank <= hottest).count() / (double) DRAWS;
            double expected = weights(1, hottest, EXPONENT) / weights(1, images, EXPONENT);
            assertEquals(expected, share, 0.002, () -> "the hottest " + hottest);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 10, 89, 1_000, 1_000_000})
    void eachImageHasOneRank(int images) {
        ZipfSampler sampler = new ZipfSampler(images, EXPONENT);
        BitSet seen = new BitSet(images);
        IntStream.rangeClosed(1, images).map(sampler::image).forEach(seen::set);
        assertEquals(images, seen.cardinality());
        assertEquals(images, seen.length());
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    void aFewImagesAreDrawnToo(int images) {
        ZipfSampler sampler = new ZipfSampler(images, EXPONENT);
        SplittableRandom random = new SplittableRandom(7);
        BitSet seen = new BitSet(images);
        IntStream.range(0, 1_000).map(i -> sampler.draw(random)).forEach(seen::set);
        assertEquals(images, seen.cardinality());
        assertEquals(images, seen.length());
    }

    @Test
    void theHottestImagesAreNotNeighbours() {
        int images = 1_000_000;
        ZipfSampler sampler = new ZipfSampler(images, EXPONENT);
        int[] hottest =
                IntStream.rangeClosed(1, 100).map(sampler::image).sorted().toArray();
        int least = IntStream.range(1, hottest.length)
                .map(i -> hottest[i] - hottest[i - 1])
                .min()
                .orElseThrow();
        assertTrue(least > images / 400, () -> "only " + least + " apart");
    }

    private static double weights(int from, int to, double exponent) {
        return IntStream.rangeClosed(from, to)
                .mapToDouble(rank -> Math.pow(rank, -exponent))
                .sum();
    }
}
