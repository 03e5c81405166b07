package dev.imaged.server.etcd;

import com.google.protobuf.ByteString;
import dev.imaged.errors.ImageException;
import dev.imaged.internal.text.Excerpt;
import io.grpc.Status;
import java.util.Map;

/** What callers of writes are told: whether the write is stored, as far as that is known, and why it did not end well. */
final class WriteErrors {
    private static final String NOT_STORED = "not stored: ";

    private WriteErrors() {}

    /** Returns the error for a write that was certainly not stored. */
    static ImageException notStored(Throwable error) {
        return EtcdErrors.notDone(NOT_STORED, error);
    }

    /** Returns the error for a write that would change a key that does not hold an image. */
    static ImageException unreadable(ByteString key) {
        return new ImageException.FailedPrecondition(NOT_STORED + "key " + Excerpt.quote(key.toStringUtf8())
                + " in etcd does not hold an image: delete the key, and try again");
    }

    /** Returns the error for a write that may have been stored. */
    static ImageException unknown(Throwable error) {
        return unknown("etcd does not answer: " + EtcdErrors.text(Status.fromThrowable(error)));
    }

    private static ImageException unknown(String why) {
        return EtcdErrors.unavailable(
                "it is not known whether the write was stored: " + why + "; read the image again", null);
    }

    /** Returns the error that a sender of commits gave. */
    static ImageException of(Throwable error) {
        Throwable cause = EtcdErrors.cause(error);
        return cause instanceof ImageException known
                ? known
                : new ImageException.Internal("the write failed: " + cause, cause);
    }

    /** Returns the error for a write whose time is up. */
    static ImageException late(PendingWrite<?> write) {
        String why = "etcd did not answer within " + EtcdWriter.MAX_WRITE.toSeconds() + " s";
        if (write.stage == PendingWrite.Stage.DECIDING && write.isLocked) {
            return overtaken("other daemons write alone, for changes that depend on much: try again");
        } else if (write.stage == PendingWrite.Stage.DECIDING && write.conflicts > 0) {
            return overtaken(
                    "other daemons have changed the same images " + write.conflicts + " times meanwhile: try again");
        }
        return ended(write, why);
    }

    private static ImageException overtaken(String why) {
        return new ImageException.Unavailable(NOT_STORED + why, null).withReason("TOO_BUSY", Map.of());
    }

    /** Returns the error for a write that the end of its view overtakes. */
    static ImageException stopping(PendingWrite<?> write) {
        return ended(write, "the daemon stops, or reads all images again");
    }

    private static ImageException ended(PendingWrite<?> write, String why) {
        return switch (write.stage) {
            case DECIDING -> EtcdErrors.unavailable(NOT_STORED + why, null);
            case SENT -> unknown(why);
            case REMOVING, STORED -> notRemoved(write, why);
        };
    }

    /** Returns the error for a write that was stored, but should also have removed images that have expired. */
    static ImageException notRemoved(PendingWrite<?> write, Throwable error) {
        return notRemoved(write, String.valueOf(of(error).getMessage()));
    }

    private static ImageException notRemoved(PendingWrite<?> write, String why) {
        return EtcdErrors.unavailable(
                "the write was stored, but only " + write.removed + " of " + write.removals
                        + " images that have expired were removed: " + why
                        + "; the next deletion with sync removes the others",
                null);
    }
}
