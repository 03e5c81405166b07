package dev.imaged.filters;

/** The measures of an open group of a regexp: of all it holds, and of its last atom, which a repeat can still change. */
final class RegexpGroup {
    private final boolean capturing;
    private boolean alternatives;
    private int atoms;
    private long size;
    private int height = 1;
    private int branchHeight;
    private long repeat = 1;
    private long atomSize;
    private int atomHeight;
    private long atomRepeat = 1;

    RegexpGroup(boolean capturing) {
        this.capturing = capturing;
    }

    /** Adds an atom of {@code newSize} instructions, whose repeats multiply to {@code newRepeat}. */
    void add(long newSize, int newHeight, long newRepeat) {
        endAtom();
        atoms++;
        atomSize = newSize;
        atomHeight = newHeight;
        atomRepeat = newRepeat;
    }

    /** Repeats the last atom. */
    void repeat(long count, long copies) {
        atomRepeat *= count;
        atomSize = Math.min(atomSize * copies, Integer.MAX_VALUE) + 1;
        atomHeight++;
    }

    private void endAtom() {
        size += atomSize;
        branchHeight = Math.max(branchHeight, atomHeight);
        repeat = Math.max(repeat, atomRepeat);
        atomSize = 0;
        atomHeight = 0;
        atomRepeat = 1;
    }

    /** Ends a branch: at a bar, or at the end of the group. */
    void endAlternative() {
        endAtom();
        size++;
        int above = (atoms > 1 ? 1 : 0) + (alternatives ? 1 : 0) + (capturing ? 1 : 0);
        height = Math.max(height, branchHeight + above);
        atoms = 0;
        branchHeight = 0;
        alternatives = true;
    }

    long size() {
        return size + atomSize;
    }

    int height() {
        return height;
    }

    long repeat() {
        return Math.max(repeat, atomRepeat);
    }
}
