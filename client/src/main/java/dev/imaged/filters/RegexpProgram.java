package dev.imaged.filters;

import dev.imaged.internal.unicode.CodePoints;
import java.util.Arrays;

/**
 * A regexp as the instructions of a nondeterministic automaton, in parallel arrays. An instruction leads to the next one. A split also
 * leads to another one, and a jump only to another one. Immutable and thread-safe.
 */
final class RegexpProgram {
    static final byte LITERAL = 0;
    static final byte ONE_OF = 1;
    static final byte PLACE = 2;
    static final byte SPLIT = 3;
    static final byte JUMP = 4;
    static final byte FOUND = 5;

    private static final CodePoints NONE = CodePoints.of();

    private final byte[] operations;

    /** The code point of a literal, the place, or the other instruction that a split or a jump leads to. */
    private final int[] operands;

    /** The set of an instruction that takes a code point of a set; empty for the others. */
    private final CodePoints[] sets;

    private RegexpProgram(Writer writer) {
        this.operations = writer.operations;
        this.operands = writer.operands;
        this.sets = writer.sets;
    }

    static RegexpProgram of(RegexpNode root) {
        Writer writer = new Writer(Math.toIntExact(root.size) + 1);
        root.write(writer);
        writer.add(FOUND, 0);
        return new RegexpProgram(writer);
    }

    int size() {
        return operations.length;
    }

    byte operation(int position) {
        return operations[position];
    }

    int operand(int position) {
        return operands[position];
    }

    /** Returns whether the instruction, a literal or one of a set, takes this code point. */
    boolean takes(int position, int point) {
        return operations[position] == LITERAL ? operands[position] == point : sets[position].contains(point);
    }

    /** Returns whether the regexp is found at the start of a text only. */
    boolean isAnchored() {
        return operations[0] == PLACE && operands[0] == RegexpPlace.TEXT_START;
    }

    /** Collects the instructions. Not thread-safe. */
    static final class Writer {
        private final byte[] operations;
        private final int[] operands;
        private final CodePoints[] sets;
        private int position;

        private Writer(int size) {
            operations = new byte[size];
            operands = new int[size];
            sets = new CodePoints[size];
            Arrays.fill(sets, NONE);
        }

        /** Returns where the next instruction will be. */
        int position() {
            return position;
        }

        void literal(int point) {
            add(LITERAL, point);
        }

        void place(int place) {
            add(PLACE, place);
        }

        void oneOf(CodePoints points) {
            sets[add(ONE_OF, 0)] = points;
        }

        /** Adds an instruction that leads to the next and to another, and returns where it is. */
        int split() {
            return add(SPLIT, 0);
        }

        /** Adds an instruction that leads to another only, and returns where it is. */
        int jump() {
            return add(JUMP, 0);
        }

        /** Says where a split or a jump leads to. */
        void lead(int from, int to) {
            operands[from] = to;
        }

        private int add(byte operation, int operand) {
            operations[position] = operation;
            operands[position] = operand;
            return position++;
        }
    }
}
