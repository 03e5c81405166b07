package dev.imaged.bench;

/** How far counts are from what was expected (Pearson's chi-squared test). */
final class ChiSquare {
    /** Of 99 degrees of freedom: a sum of more than this comes by chance once in a thousand times. */
    static final double LIMIT_OF_99_DEGREES = 148.23;

    private ChiSquare() {}

    static double of(long[] counts, double[] expected) {
        double sum = 0;
        for (int i = 0; i < counts.length; i++) {
            sum += Math.pow(counts[i] - expected[i], 2) / expected[i];
        }
        return sum;
    }
}
