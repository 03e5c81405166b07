package dev.imaged.images;

import dev.imaged.errors.ImageException;
import java.util.function.UnaryOperator;

/**
 * Changes several images of one namespace at once, and takes changes back. Each call that changes something is one commit: all of it
 * takes place or none, and nobody sees a part. Every call may also throw the errors that {@link ImageStore} names. Thread-safe.
 *
 * <p>Errors have a {@linkplain ImageException#reason reason}, and {@linkplain ImageException#details details}: {@code operation} or
 * {@code check} (the index, from 0), {@code namespace}, {@code name}, and if that image exists, its {@code revision} and {@code
 * digest}. The first operation that fails decides the type of the error; {@link ImageException#violations} lists all conditions that
 * do not hold.
 */
public interface Transactions {
    /**
     * Carries out operations if all checks and conditions hold.
     *
     * @throws ImageException.NotFound [NO_SUCH_IMAGE] when a name has to exist and does not
     * @throws ImageException.AlreadyExists [NAME_TAKEN] when a name must be free and is not
     * @throws ImageException.Aborted [CHANGED] when an image has another revision or digest than a condition asks for: read it again,
     *     and apply what follows then
     * @throws ImageException.InvalidArgument [NAME_TWICE] when two operations have the same name, [INVALID_IMAGE] or [INVALID_MASK]
     *     when an image or a mask breaks a rule, [REQUEST_ID_REUSED] when the id belongs to another request
     * @throws ImageException.ResourceExhausted [TOO_LARGE] for more than {@value TransactionRules#MAX_OPERATIONS} operations or checks,
     *     or more than {@value TransactionRules#MAX_BYTES} bytes of text
     */
    Applied apply(Apply apply);

    /**
     * Makes names what they were once: moves tags back, and brings back what was deleted. An image keeps all that it had, its time of
     * creation too; its time of update is new.
     *
     * @throws ImageException.OutOfRange when a moment is not kept any more [REVISION_DROPPED], or lies in the future [REVISION_AHEAD]
     * @throws ImageException.Aborted as well as NotFound, AlreadyExists, InvalidArgument and ResourceExhausted, as {@link #apply}
     */
    Applied revert(Revert revert);

    /**
     * Takes a commit back: each name of it becomes what it was before.
     *
     * @throws ImageException.Aborted [CHANGED] when one of its names was changed again since, unless the request overrides
     * @throws ImageException.NotFound [NO_SUCH_COMMIT] when no commit of the namespace has the revision
     * @throws ImageException.OutOfRange when the commit is not kept any more [REVISION_DROPPED], or lies in the future
     *     [REVISION_AHEAD]
     * @throws ImageException.InvalidArgument [REQUEST_ID_REUSED] when the id belongs to another request
     */
    Applied undo(Undo undo);

    /**
     * Changes an image as a function says, atomically: it reads the image, applies the function, and writes the result if nobody changed
     * the image meanwhile. Otherwise it does so again, at most {@value Modification#MAX_ATTEMPTS} times.
     *
     * @param change returns the image to store, which has to have the same name; it may be called several times
     * @return the image as it is stored; the one that was there when {@code change} returned an equal one
     * @throws ImageException.NotFound [NO_SUCH_IMAGE] when there is no image of that name
     * @throws ImageException.InvalidArgument [INVALID_IMAGE] when the new image breaks a rule, or has another name
     * @throws ImageException.Aborted [CHANGED] when others changed the image each time
     */
    default VersionedImage modify(String name, UnaryOperator<Image> change) {
        return new Modification(this, name, change).run();
    }
}
