package dev.imaged.server.xodus;

import dev.imaged.errors.ImageException;
import jetbrains.exodus.ExodusException;
import jetbrains.exodus.OutOfDiskSpaceException;

/** Tells the engine's exceptions from others. */
final class EngineErrors {
    private EngineErrors() {}

    /** Whether the engine found no room on the disk. */
    static boolean isFull(Throwable error) {
        for (Throwable cause = error; cause != null; cause = cause.getCause()) {
            if (cause instanceof OutOfDiskSpaceException) {
                return !(error instanceof ImageException);
            }
        }
        return false;
    }

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
