package dev.imaged.filters;

/** A text that says, each time some of its characters were looked at, that work goes on. Not thread-safe. */
final class SteppedText implements CharSequence {
    /** A regexp of the largest size takes some 10 ms for so many. */
    private static final int CHARACTERS = 16;

    private final String text;
    private final Runnable step;
    private int looked;

    SteppedText(String text, Runnable step) {
        this.text = text;
        this.step = step;
    }

    @Override
    public int length() {
        return text.length();
    }

    @Override
    public char charAt(int index) {
        looked++;
        if (looked % CHARACTERS == 0) {
            step.run();
        }
        return text.charAt(index);
    }

    @Override
    public CharSequence subSequence(int start, int end) {
        return text.subSequence(start, end);
    }

    @Override
    public String toString() {
        return text;
    }
}
