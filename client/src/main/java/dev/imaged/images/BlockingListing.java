package dev.imaged.images;

import dev.imaged.errors.ImageException;
import java.util.Collections;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.concurrent.Flow;
import org.jspecify.annotations.Nullable;

/** A subscriber to a list whose user waits for each part. */
final class BlockingListing implements Listing, Flow.Subscriber<ListPart> {
    private Flow.@Nullable Subscription subscription;

    /** The part that was asked for, once it is here. */
    private @Nullable ListPart ready;

    /** Why the list ended early, null if it has not. */
    private @Nullable ImageException failure;

    private boolean completed;
    private boolean closed;

    /** The rest of the part that is read. */
    private Iterator<VersionedImage> images = Collections.emptyIterator();

    private @Nullable Position position;

    private BlockingListing() {}

    /** Subscribes, and waits for the first part. */
    static BlockingListing open(Flow.Publisher<ListPart> list) {
        BlockingListing listing = new BlockingListing();
        list.subscribe(listing);
        if (!listing.takePart()) {
            throw new ImageException.Internal("the list ended without an answer", null);
        }
        return listing;
    }

    @Override
    public void onSubscribe(Flow.Subscription made) {
        boolean isLate;
        synchronized (this) {
            subscription = made;
            isLate = closed;
            notifyAll();
        }
        if (isLate) {
            made.cancel();
        }
    }

    @Override
    public synchronized void onNext(ListPart part) {
        ready = closed ? null : part;
        notifyAll();
    }

    @Override
    public synchronized void onError(Throwable error) {
        failure = Answers.known(error);
        notifyAll();
    }

    @Override
    public synchronized void onComplete() {
        completed = true;
        notifyAll();
    }

    @Override
    public Position position() {
        return Objects.requireNonNull(position);
    }

    @Override
    public boolean hasNext() {
        while (!images.hasNext()) {
            if (!takePart()) {
                return false;
            }
        }
        return true;
    }

    @Override
    public VersionedImage next() {
        if (!hasNext()) {
            throw new NoSuchElementException("the list has ended");
        }
        return images.next();
    }

    /** Asks for the next part, and waits for it; returns false at the end. */
    private boolean takePart() {
        ListPart part;
        try {
            Flow.Subscription made = awaitSubscription();
            if (made != null) {
                made.request(1); // without the lock: the part may come on this thread, or on another one now
            }
            part = awaitPart();
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
        if (part == null) {
            return false;
        }
        images = part.images().iterator();
        position = part.position();
        return true;
    }

    /** Waits for the subscription, which may come after {@code subscribe} has returned; returns null when the list has ended before. */
    private synchronized Flow.@Nullable Subscription awaitSubscription() throws InterruptedException {
        while (subscription == null && failure == null && !closed) {
            wait();
        }
        return subscription;
    }

    /** Waits for a part; returns null at the end. */
    private synchronized @Nullable ListPart awaitPart() throws InterruptedException {
        while (ready == null && failure == null && !completed && !closed) {
            wait();
        }
        ListPart part = ready;
        ready = null;
        if (part == null && failure != null) {
            throw failure;
        }
        return part;
    }

    /** Ends the list with an error, because it is not whole. */
    private ImageException interrupted(InterruptedException cause) {
        ImageException error = Answers.interrupted(cause);
        synchronized (this) {
            failure = error;
        }
        close();
        return error;
    }

    @Override
    public void close() {
        Flow.Subscription made;
        synchronized (this) {
            closed = true;
            ready = null;
            images = Collections.emptyIterator();
            made = subscription;
            notifyAll();
        }
        if (made != null) {
            made.cancel();
        }
    }
}
