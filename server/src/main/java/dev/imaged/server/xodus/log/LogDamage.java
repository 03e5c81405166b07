package dev.imaged.server.xodus.log;

import dev.imaged.errors.ImageException;
import jetbrains.exodus.ExodusException;

/** What to do when bytes of the log are missing or damaged. */
public enum LogDamage {
    /** The engine hears of it in a way that it does not take for a reason to go back to an older state. */
    REPORT,

    /** The engine goes back to the newest state that it can read, as a rescue wants; only for a log that is not written. */
    SKIP;

    RuntimeException of(String problem) {
        return this == REPORT ? new ImageException.DataLoss(problem, null) : new ExodusException(problem);
    }
}
