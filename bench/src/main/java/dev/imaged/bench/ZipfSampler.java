package dev.imaged.bench;

import java.math.BigInteger;
import java.util.random.RandomGenerator;

/**
 * Draws images by Zipf's law: the image of rank {@code k}, from 1 on, comes with a probability proportional to {@code k^-s}.
 * The ranks are scattered over the images, so that hot images are not neighbours.
 *
 * <p>This is the rejection-inversion of W. Hörmann and G. Derflinger, "Rejection-inversion to generate variates from monotone
 * discrete distributions" (1996): it inverts the integral of {@code x^-s}, and rejects few of what it gets. Neither its setup nor a
 * draw depends on how many images there are.
 */
final class ZipfSampler implements Sampler {
    private static final double GOLDEN_RATIO = (Math.sqrt(5) - 1) / 2;

    private final int images;
    private final double exponent;
    private final long stride;
    private final double integralOfFirst;
    private final double integralOfAll;
    private final double acceptedAtOnce;

    /**
     * @param images how many there are, at least one
     * @param exponent {@code s}, more than 0 and not 1
     */
    ZipfSampler(int images, double exponent) {
        this.images = images;
        this.exponent = exponent;
        this.stride = stride(images);
        this.integralOfFirst = integral(1.5) - 1;
        this.integralOfAll = integral(images + 0.5);
        this.acceptedAtOnce = 2 - inverse(integral(2.5) - weight(2));
    }

    @Override
    public int draw(RandomGenerator random) {
        return image(rank(random));
    }

    /** Draws a rank, from 1 on. */
    int rank(RandomGenerator random) {
        while (true) {
            double area = integralOfAll + random.nextDouble() * (integralOfFirst - integralOfAll);
            double x = inverse(area);
            int rank = (int) Math.min(Math.max(1, Math.round(x)), images);
            if (rank - x <= acceptedAtOnce || area >= integral(rank + 0.5) - weight(rank)) {
                return rank;
            }
        }
    }

    /** Returns the image of a rank: each image has one. */
    int image(int rank) {
        return (int) (rank * stride % images);
    }

    private double weight(double x) {
        return Math.pow(x, -exponent);
    }

    private double integral(double x) {
        return (Math.pow(x, 1 - exponent) - 1) / (1 - exponent);
    }

    private double inverse(double area) {
        return Math.pow(1 + area * (1 - exponent), 1 / (1 - exponent));
    }

    /** Returns a step that visits all images before it comes back, and that leaves those of the first ranks far apart. */
    private static long stride(int images) {
        long stride = Math.max(1, Math.round(images * GOLDEN_RATIO));
        while (!BigInteger.valueOf(stride).gcd(BigInteger.valueOf(images)).equals(BigInteger.ONE)) {
            stride++;
        }
        return stride;
    }
}
