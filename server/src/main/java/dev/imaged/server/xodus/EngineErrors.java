package dev.imaged.server.xodus;

import dev.imaged.errors.ImageException;
import dev.imaged.errors.ImageException.FailedPrecondition;
import java.io.IOException;
import java.nio.file.Path;
import jetbrains.exodus.ExodusException;
import jetbrains.exodus.OutOfDiskSpaceException;

/** Recognises the engine's exceptions, and words the ones that a start fails with. */
final class EngineErrors {
    private EngineErrors() {}

    /** Returns the error of a start when a database cannot be opened for this reason. */
    static FailedPrecondition damaged(Path folder, Exception error) {
        if (error instanceof IOException) {
            return FolderMarker.refused(folder, "cannot be used: " + error);
        }
        boolean isOurs = error instanceof ImageException && !(error instanceof ImageException.DataLoss);
        return error instanceof FailedPrecondition known && isOurs
                ? known
                : FolderMarker.refused(
                        folder,
                        (isOurs ? "cannot be opened: " : "is damaged: ") + error.getMessage() + "; "
                                + FolderMarker.wayOut(folder));
    }

    /** Whether the engine found no room on the disk. */
    static boolean isFull(Throwable error) {
        for (Throwable cause = error; cause != null; cause = cause.getCause()) {
            if (cause instanceof OutOfDiskSpaceException) {
                return !(error instanceof ImageException);
            }
        }
        return false;
    }

    /** Whether the engine itself threw an exception: it met something that it cannot read. */
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
