package dev.imaged.filters;

import dev.imaged.internal.unicode.CodePoints;
import java.util.List;

/** A part of a regexp, which knows its measures and writes its instructions. Immutable. */
abstract sealed class RegexpNode {
    /** The exact number of instructions. */
    final long size;

    /** The height of the tree, 1 for a leaf. */
    final int height;

    /** How often the repeats in it repeat the innermost part, 1 without any. */
    final int copies;

    private RegexpNode(long size, int height, int copies) {
        this.size = size;
        this.height = height;
        this.copies = copies;
    }

    abstract void write(RegexpProgram.Writer out);

    private static long size(List<RegexpNode> parts) {
        return parts.stream().mapToLong(part -> part.size).sum();
    }

    private static int height(List<RegexpNode> parts) {
        return parts.stream().mapToInt(part -> part.height).max().orElse(0) + 1;
    }

    private static int copies(List<RegexpNode> parts) {
        return parts.stream().mapToInt(part -> part.copies).max().orElse(1);
    }

    /** One code point. */
    static final class Literal extends RegexpNode {
        final int point;

        Literal(int point) {
            super(1, 1, 1);
            this.point = point;
        }

        @Override
        void write(RegexpProgram.Writer out) {
            out.literal(point);
        }
    }

    /** Any code point of a set. */
    static final class OneOf extends RegexpNode {
        final CodePoints points;

        OneOf(CodePoints points) {
            super(1, 1, 1);
            this.points = points;
        }

        @Override
        void write(RegexpProgram.Writer out) {
            out.oneOf(points);
        }
    }

    /** A place between two code points. */
    static final class Place extends RegexpNode {
        final int place;

        /** @param place one of {@link RegexpPlace} */
        Place(int place) {
            super(1, 1, 1);
            this.place = place;
        }

        @Override
        void write(RegexpProgram.Writer out) {
            out.place(place);
        }
    }

    /** Parts in a row; without parts, the empty text. */
    static final class Sequence extends RegexpNode {
        final List<RegexpNode> parts;

        Sequence(List<RegexpNode> parts) {
            super(size(parts), height(parts), copies(parts));
            this.parts = parts;
        }

        @Override
        void write(RegexpProgram.Writer out) {
            parts.forEach(part -> part.write(out));
        }
    }

    /** A group that captures. It only counts for the height: the captured text is not asked for. */
    static final class Capture extends RegexpNode {
        private final RegexpNode part;

        Capture(RegexpNode part) {
            super(part.size, part.height + 1, part.copies);
            this.part = part;
        }

        @Override
        void write(RegexpProgram.Writer out) {
            part.write(out);
        }
    }

    /** One of several parts. */
    static final class Choice extends RegexpNode {
        private final List<RegexpNode> parts;

        /** @param parts at least one */
        Choice(List<RegexpNode> parts) {
            super(size(parts) + 2L * (parts.size() - 1), height(parts), copies(parts));
            this.parts = parts;
        }

        @Override
        void write(RegexpProgram.Writer out) {
            int last = parts.size() - 1;
            int[] jumps = new int[last];
            for (int i = 0; i < last; i++) {
                int split = out.split();
                parts.get(i).write(out);
                jumps[i] = out.jump();
                out.lead(split, out.position());
            }
            parts.get(last).write(out);
            for (int jump : jumps) {
                out.lead(jump, out.position());
            }
        }
    }

    /** A part again and again. */
    static final class Repeat extends RegexpNode {
        static final int UNBOUNDED = -1;

        final RegexpNode part;
        final int min;
        private final int max;

        Repeat(RegexpNode part, int min, int max) {
            super(size(part.size, min, max), part.height + 1, copies(part, min, max));
            this.part = part;
            this.min = min;
            this.max = max;
        }

        private static long size(long part, int min, int max) {
            if (max == UNBOUNDED) {
                return min == 0 ? part + 2 : min * part + 1;
            }
            return max * part + (max - min);
        }

        private static int copies(RegexpNode part, int min, int max) {
            int most = max == UNBOUNDED ? Math.max(min, 1) : max;
            return most == 0 ? 1 : most * part.copies;
        }

        @Override
        void write(RegexpProgram.Writer out) {
            int start = out.position();
            for (int i = 0; i < min; i++) {
                start = out.position();
                part.write(out);
            }
            if (max != UNBOUNDED) {
                writeOptional(out);
            } else if (min > 0) {
                out.lead(out.split(), start);
            } else {
                int split = out.split();
                part.write(out);
                out.lead(out.jump(), split);
                out.lead(split, out.position());
            }
        }

        private void writeOptional(RegexpProgram.Writer out) {
            int[] splits = new int[max - min];
            for (int i = 0; i < splits.length; i++) {
                splits[i] = out.split();
                part.write(out);
            }
            for (int split : splits) {
                out.lead(split, out.position());
            }
        }
    }
}
