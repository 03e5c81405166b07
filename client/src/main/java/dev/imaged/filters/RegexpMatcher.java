package dev.imaged.filters;

import java.util.Arrays;

/**
 * Runs a program over a text: it follows all ways through the program at once, in time linear in the length of the text
 * times the size of the program. The order of the ways does not matter, because the place of the match is not asked for. Not
 * thread-safe; for one text after the other.
 */
final class RegexpMatcher {
    /** How many instructions run between two calls of the step, some 50 us. */
    private static final int STEP = 10_000;

    private final RegexpProgram program;

    /** The instructions to follow at a place in the text. */
    private final int[] pending;

    /** The reachable instructions that take the next code point. */
    private final int[] ready;

    /** The place at which each instruction was reached last, so that it is followed at most once at a place. */
    private final int[] reached;

    private int pendingCount;
    private int readyCount;
    private int place;
    private int followed;

    RegexpMatcher(RegexpProgram program) {
        this.program = program;
        this.pending = new int[program.size()];
        this.ready = new int[program.size()];
        this.reached = new int[program.size()];
    }

    /**
     * Returns whether the regexp is found somewhere in {@code text}.
     *
     * @param from where to start, in UTF-16 units; the regexp is not found before that
     * @param step called now and then; its exception ends the match
     */
    boolean isFoundIn(String text, int from, Runnable step) {
        pendingCount = 0;
        readyCount = 0;
        goOn(RegexpPlace.NOTHING);
        int before = from == 0 ? RegexpPlace.NOTHING : text.codePointBefore(from);
        int position = from;
        while (true) {
            int after = position < text.length() ? text.codePointAt(position) : RegexpPlace.NOTHING;
            if (follow(RegexpPlace.between(before, after))) {
                return true;
            }
            if (after == RegexpPlace.NOTHING || (readyCount == 0 && program.isAnchored())) {
                return false;
            }
            goOn(after);
            if (followed > STEP) {
                followed = 0;
                step.run();
            }
            before = after;
            position += Character.charCount(after);
        }
    }

    /** Goes on to the next place: instructions that took the code point lead there, and the regexp may start there, too. */
    private void goOn(int point) {
        place++;
        if (place < 0) {
            Arrays.fill(reached, 0);
            place = 1;
        }
        for (int i = 0; i < readyCount; i++) {
            if (program.takes(ready[i], point)) {
                reach(ready[i] + 1);
            }
        }
        readyCount = 0;
        reach(0);
    }

    /** Follows all pending instructions up to those that take a code point; returns whether the regexp is found. */
    private boolean follow(int places) {
        while (pendingCount > 0) {
            int position = pending[--pendingCount];
            followed++;
            switch (program.operation(position)) {
                case RegexpProgram.FOUND -> {
                    return true;
                }
                case RegexpProgram.JUMP -> reach(program.operand(position));
                case RegexpProgram.SPLIT -> {
                    reach(program.operand(position));
                    reach(position + 1);
                }
                case RegexpProgram.PLACE -> {
                    if ((program.operand(position) & places) != 0) {
                        reach(position + 1);
                    }
                }
                default -> ready[readyCount++] = position;
            }
        }
        return false;
    }

    private void reach(int position) {
        if (reached[position] != place) {
            reached[position] = place;
            pending[pendingCount++] = position;
        }
    }
}
