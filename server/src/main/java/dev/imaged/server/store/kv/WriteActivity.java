package dev.imaged.server.store.kv;

/** How much there is to write. A database decides by this how much it tidies up. */
public enum WriteActivity {
    /** There is nothing to write. */
    IDLE,
    /** Writes take less than a twentieth of the time. */
    LIGHT,
    /** Writes take more of the time. */
    BUSY
}
