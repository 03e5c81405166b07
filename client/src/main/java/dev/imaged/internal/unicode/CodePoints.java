package dev.imaged.internal.unicode;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** A set of code points. Immutable and thread-safe. */
public final class CodePoints {
    private static final int END = Character.MAX_CODE_POINT + 1;

    /** Ascending, where the set starts and ends to hold code points: those from an even index to the next are in it. */
    private final int[] bounds;

    /** The code points below 64, and the 64 after them, a bit for each. */
    private final long low;

    private final long high;

    CodePoints(int[] bounds) {
        this.bounds = bounds;
        this.low = bits(0);
        this.high = bits(Long.SIZE);
    }

    private long bits(int from) {
        long bits = 0;
        for (int i = 0; i < bounds.length && bounds[i] < from + Long.SIZE; i += 2) {
            int end = Math.min(bounds[i + 1], from + Long.SIZE);
            for (int point = Math.max(bounds[i], from); point < end; point++) {
                bits |= 1L << point;
            }
        }
        return bits;
    }

    /** Returns the set of these code points. */
    public static CodePoints of(int... points) {
        CodePointsBuilder builder = new CodePointsBuilder();
        for (int point : points) {
            builder.add(point, point);
        }
        return builder.build();
    }

    /** Returns whether {@code point} is in the set. */
    public boolean contains(int point) {
        if (point < 2 * Long.SIZE) {
            return ((point < Long.SIZE ? low : high) & (1L << point)) != 0;
        }
        int index = Arrays.binarySearch(bounds, point);
        return ((index < 0 ? -index : index) & 1) == 0;
    }

    /** Returns the code points that are not in this set. */
    public CodePoints negated() {
        boolean startsAtZero = bounds.length > 0 && bounds[0] == 0;
        boolean goesToTheEnd = bounds.length > 0 && bounds[bounds.length - 1] == END;
        int from = startsAtZero ? 1 : 0;
        int to = goesToTheEnd ? bounds.length - 1 : bounds.length;
        int[] negated = new int[to - from + (startsAtZero ? 0 : 1) + (goesToTheEnd ? 0 : 1)];
        System.arraycopy(bounds, from, negated, startsAtZero ? 0 : 1, to - from);
        if (!goesToTheEnd) {
            negated[negated.length - 1] = END;
        }
        return new CodePoints(negated);
    }

    /** Returns the number of ranges of the set. */
    public int ranges() {
        return bounds.length / 2;
    }

    /** Returns the first code point of a range; the ranges ascend and do not touch. */
    public int first(int range) {
        return bounds[2 * range];
    }

    /** Returns the last code point of a range. */
    public int last(int range) {
        return bounds[2 * range + 1] - 1;
    }

    /** Returns whether {@code other} has the same code points. */
    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof CodePoints that && Arrays.equals(bounds, that.bounds);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(bounds);
    }

    /** Returns the ranges in hexadecimal, for a person to read. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder("[");
        for (int i = 0; i < ranges(); i++) {
            text.append(i == 0 ? "" : " ").append(Integer.toHexString(first(i)));
            text.append(first(i) == last(i) ? "" : "-" + Integer.toHexString(last(i)));
        }
        return text.append(']').toString();
    }
}
