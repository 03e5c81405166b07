package dev.imaged.internal.unicode;

import java.util.Arrays;

/** Collects ranges of code points, in any order, into a set. Not thread-safe. */
public final class CodePointsBuilder {
    /** Each range as its first code point in the upper half and its last in the lower: sorting sorts by the first. */
    private long[] ranges = new long[4];

    private int size;

    /** Adds the code points from {@code first} to {@code last}. */
    public CodePointsBuilder add(int first, int last) {
        if (size == ranges.length) {
            ranges = Arrays.copyOf(ranges, 2 * size);
        }
        ranges[size] = (long) first << Integer.SIZE | last;
        size++;
        return this;
    }

    /** Adds all of a set. */
    public CodePointsBuilder addAll(CodePoints points) {
        for (int i = 0; i < points.ranges(); i++) {
            add(points.first(i), points.last(i));
        }
        return this;
    }

    /** Returns how many ranges were added. */
    public int size() {
        return size;
    }

    /** Returns the set of all that was added, in time n log n of the number of ranges. */
    public CodePoints build() {
        Arrays.sort(ranges, 0, size);
        int[] bounds = new int[2 * size];
        int used = 0;
        for (int i = 0; i < size; i++) {
            int first = (int) (ranges[i] >> Integer.SIZE);
            int end = (int) ranges[i] + 1;
            if (used > 0 && first <= bounds[used - 1]) {
                bounds[used - 1] = Math.max(bounds[used - 1], end);
            } else {
                bounds[used++] = first;
                bounds[used++] = end;
            }
        }
        return new CodePoints(Arrays.copyOf(bounds, used));
    }
}
