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
    public synchronized void onSubscribe(Flow.Subscription made) {
        subscription = made;
    }

    @Override
    public synchronized void onNext(ListPart part) {
        ready = part;
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
        subscription().request(1); // without the lock: the part may come on this thread, or on another one now
        ListPart part = await();
        if (part == null) {
            return false;
        }
        images = part.images().iterator();
        position = part.position();
        return true;
    }

    private synchronized @Nullable ListPart await() {
        try {
            while (ready == null && !completed && !closed) {
                if (failure != null) {
                    throw failure;
                }
                wait();
            }
        } catch (InterruptedException e) {
            close();
            throw Answers.interrupted(e);
        }
        ListPart part = closed ? null : ready;
        ready = null;
        return part;
    }

    @Override
    public void close() {
        synchronized (this) {
            closed = true;
            ready = null;
            images = Collections.emptyIterator();
        }
        subscription().cancel();
    }

    private synchronized Flow.Subscription subscription() {
        return Objects.requireNonNull(subscription, "a list is read once it is subscribed");
    }
}
