package dev.imaged.server.xodus;

import jetbrains.exodus.ExodusException;

/** Tells the engine's exceptions from others. */
final class EngineErrors {
    private EngineErrors() {}

    /** Whether the engine itself threw an exception: it met what it cannot read. */
    static boolean isOfEngine(RuntimeException error) {
        if (error instanceof ExodusException) {
            return true;
        }
        for (StackTraceElement frame : error.getStackTrace()) {
            if (!frame.getClassName().startsWith("java.")) {
                return frame.getClassName().startsWith("jetbrains.exodus.");
            }
        }
        return false;
    }
}
