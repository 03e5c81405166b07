package dev.imaged.server.store;

/** How a list finds its images. All ways give the same answer. */
public enum PlanChoice {
    /** As what costs less by an estimate: what a daemon does. */
    ESTIMATED,
    /** By an index, or by names that the database is asked for, wherever there is one. */
    INDEX,
    /** By reading all images of the namespace. */
    SCAN
}
