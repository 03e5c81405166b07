package dev.imaged.server.xodus.log;

import dev.imaged.errors.ImageException;
import jetbrains.exodus.ExodusException;

/** The handling of bytes of the log that are missing or damaged. */
public enum LogDamage {
    /** Throw an exception that does not make the engine go back to an older state. */
    REPORT,

    /** Let the engine go back to the newest state that it can read. Only for a log that is not written, to salvage it. */
    SKIP;

    RuntimeException of(String problem) {
        return this == REPORT ? new ImageException.DataLoss(problem, null) : new ExodusException(problem);
    }
}
