package dev.imaged.server.store.kv;

/** How much there is to write, which is what a database goes by when it tidies up. */
public enum WriteActivity {
    /** Nothing at all. */
    IDLE,
    /** Writes take less than a twentieth of the time. */
    LIGHT,
    /** They take more. */
    BUSY
}
