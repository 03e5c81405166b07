package dev.imaged.server.store;

/** How a list finds its images. The answer is the same. */
public enum PlanChoice {
    /** By the way that costs less by an estimate, as a daemon does. */
    ESTIMATED,
    /** By an index, or by the starts of names, wherever the filters allow it. */
    INDEX,
    /** By reading all images of the namespace. */
    SCAN
}
