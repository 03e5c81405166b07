package dev.imaged.server.store.kv;

import dev.imaged.errors.ImageException;
import java.io.IOException;
import java.io.SyncFailedException;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The errors of a failing disk, in words for callers. */
public final class StorageErrors {
    private static final String NOT_STORED = "the write is not stored: ";

    private StorageErrors() {}

    /** Whether a write failed because there is no room for it. */
    public static boolean isFull(@Nullable Throwable error) {
        for (Throwable cause = error; cause != null; cause = cause.getCause()) {
            if (cause instanceof ImageException.ResourceExhausted) {
                return true;
            }
            String message = cause instanceof IOException ? String.valueOf(cause.getMessage()) : "";
            if (message.contains("No space left on device") || message.contains("Disk quota exceeded")) {
                return true;
            }
        }
        return false;
    }

    /** Whether an error says that something stored is missing or damaged. */
    public static boolean isDamage(@Nullable Throwable error) {
        Throwable cause = error;
        while (cause != null && !(cause instanceof ImageException.DataLoss)) {
            cause = cause.getCause();
        }
        return cause != null;
    }

    /** Whether an error says what is wrong with the disk. Java does not say it when it syncs a file without a channel. */
    public static boolean isExplained(Throwable error) {
        Throwable innermost = error;
        while (innermost.getCause() != null) {
            innermost = innermost.getCause();
        }
        return !(innermost instanceof SyncFailedException);
    }

    /** Returns the error for the caller of a write that failed. */
    public static ImageException notStored(Throwable error) {
        if (error instanceof ImageException.Unavailable || error instanceof ImageException.FailedPrecondition) {
            String message = String.valueOf(error.getMessage()); // of a database that cannot be opened again, too
            return message.startsWith(NOT_STORED)
                    ? (ImageException) error
                    : new ImageException.Unavailable(NOT_STORED + message, error)
                            .withReason(((ImageException) error).reason(), Map.of());
        } else if (error instanceof ImageException known) {
            return known;
        }
        return isFull(error)
                ? full(error)
                : new ImageException.Unavailable(NOT_STORED + innermost(error), error)
                        .withReason("NOT_SERVING", Map.of());
    }

    /** Returns the error for the caller of a write that has no room on the disk. */
    public static ImageException.ResourceExhausted full(Throwable error) {
        return new ImageException.ResourceExhausted(NOT_STORED + "the disk is full: " + innermost(error), error);
    }

    /** Returns the error for the caller of a store that does not work. */
    public static ImageException unavailable(@Nullable Throwable cause) {
        return new ImageException.Unavailable(
                        "the store does not answer at the moment" + (cause == null ? "" : ": " + innermost(cause)),
                        cause)
                .withReason("NOT_SERVING", Map.of());
    }

    /** The database wraps the message of the system in words of its own. */
    private static String innermost(Throwable error) {
        Throwable innermost = error;
        while (innermost.getCause() != null) {
            innermost = innermost.getCause();
        }
        return innermost.getMessage() == null ? innermost.toString() : innermost.getMessage();
    }
}
