package dev.imaged.server.xodus;

import dev.imaged.errors.ImageException;
import dev.imaged.errors.ImageException.FailedPrecondition;
import java.io.EOFException;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import jetbrains.exodus.ExodusException;
import jetbrains.exodus.OutOfDiskSpaceException;
import org.jspecify.annotations.Nullable;

/** Recognises the engine's exceptions, and words the ones that a start fails with. */
final class EngineErrors {
    private EngineErrors() {}

    /** Returns the error of a start when what is stored is missing or damaged: its cause is a DataLoss. */
    static FailedPrecondition lost(Path folder, String why, @Nullable Exception error) {
        return FolderMarker.refused(folder, why, new ImageException.DataLoss(why, error));
    }

    /** Returns the error of a start when a database cannot be opened for this reason. */
    static FailedPrecondition damaged(Path folder, Exception error) {
        if (error instanceof IOException) {
            return FolderMarker.refused(folder, "cannot be used: " + error);
        }
        boolean isOurs = error instanceof ImageException && !(error instanceof ImageException.DataLoss);
        if (error instanceof FailedPrecondition known && isOurs) {
            return known;
        }
        String why = (isOurs ? "cannot be opened: " : "is damaged: ") + error.getMessage() + "; "
                + FolderMarker.wayOut(folder);
        return isOurs || isOfDisk(error) ? FolderMarker.refused(folder, why) : lost(folder, why, error);
    }

    /** Whether the disk, and not what is stored, is the cause: it may be different the next time. */
    private static boolean isOfDisk(Throwable error) {
        Throwable cause = error;
        while (cause != null && !(cause instanceof IOException)) {
            cause = cause.getCause();
        }
        return cause != null && !(cause instanceof EOFException || cause instanceof NoSuchFileException);
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
