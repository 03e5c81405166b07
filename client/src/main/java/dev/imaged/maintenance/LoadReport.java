package dev.imaged.maintenance;

/**
 * The outcomes of the images that were loaded.
 *
 * @param created how many names are new
 * @param replaced how many names had another image
 * @param unchanged how many names had the same image already
 */
public record LoadReport(long created, long replaced, long unchanged) {
    /** The outcome of one image. */
    public enum Outcome {
        CREATED,
        REPLACED,
        UNCHANGED
    }

    /** How many images there were. */
    public long total() {
        return created + replaced + unchanged;
    }

    /** Returns this report with one more image. */
    public LoadReport plus(Outcome outcome) {
        return new LoadReport(
                created + (outcome == Outcome.CREATED ? 1 : 0),
                replaced + (outcome == Outcome.REPLACED ? 1 : 0),
                unchanged + (outcome == Outcome.UNCHANGED ? 1 : 0));
    }
}
