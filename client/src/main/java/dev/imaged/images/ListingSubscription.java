package dev.imaged.images;

import dev.imaged.errors.ImageException;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Flow;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The subscription of one subscriber to a list that is at hand, on the thread that asks for parts. Thread-safe. */
final class ListingSubscription implements Flow.Subscription {
    static final int PART_SIZE = 1000;

    private final Listing listing;

    /** Null once the subscription has ended. */
    private Flow.@Nullable Subscriber<? super ListPart> subscriber;

    /** How many parts the subscriber asks for; the largest number is without end. */
    private long demand;

    /** Whether a thread signals the subscriber. That thread serves further requests too, so that no signal comes within another. */
    private boolean isSignalling = true;

    private boolean isStarted;
    private @Nullable IllegalArgumentException wrongRequest;

    private ListingSubscription(Listing listing, Flow.Subscriber<? super ListPart> subscriber) {
        this.listing = listing;
        this.subscriber = subscriber;
    }

    /** Starts a list for a subscriber. */
    static void subscribe(Supplier<Listing> list, Flow.Subscriber<? super ListPart> subscriber) {
        Objects.requireNonNull(subscriber, "subscriber");
        Listing listing;
        try {
            listing = list.get();
        } catch (ImageException e) {
            FailedStart.tell(subscriber, e);
            return;
        }
        ListingSubscription subscription = new ListingSubscription(listing, subscriber);
        subscription.signal(() -> subscriber.onSubscribe(subscription));
    }

    @Override
    public void request(long parts) {
        synchronized (this) {
            if (parts <= 0) {
                wrongRequest = new IllegalArgumentException(
                        "request(" + parts + ") has to ask for at least one element (rule 3.9 of Reactive Streams)");
            } else {
                demand = demand + parts < 0 ? Long.MAX_VALUE : demand + parts;
            }
            if (isSignalling) {
                return;
            }
            isSignalling = true;
        }
        Runnable first = next();
        if (first != null) {
            signal(first);
        }
    }

    @Override
    public synchronized void cancel() {
        subscriber = null;
    }

    /** Gives the subscriber a signal, and those that follow. */
    private void signal(Runnable first) {
        try {
            for (Runnable signal = first; signal != null; signal = next()) {
                signal.run();
            }
        } catch (Throwable e) { // a subscriber that throws has cancelled, as Reactive Streams say (rule 2.13)
            cancel();
            System.getLogger(ListingSubscription.class.getName())
                    .log(Level.ERROR, "a subscriber threw an exception; its subscription ends", e);
        }
    }

    /** Returns the next signal; null when none is due. */
    private synchronized @Nullable Runnable next() {
        Flow.Subscriber<? super ListPart> to = subscriber;
        Runnable signal;
        try {
            signal = to == null ? null : next(to);
        } catch (Throwable e) { // of the listing
            subscriber = null;
            return () -> Objects.requireNonNull(to).onError(Answers.known(e));
        }
        isSignalling = signal != null;
        return signal;
    }

    private @Nullable Runnable next(Flow.Subscriber<? super ListPart> to) {
        IllegalArgumentException wrong = wrongRequest;
        if (wrong != null) {
            subscriber = null;
            return () -> to.onError(wrong);
        } else if (isStarted && !listing.hasNext()) {
            subscriber = null;
            return to::onComplete;
        } else if (demand > 0) {
            demand -= demand == Long.MAX_VALUE ? 0 : 1;
            isStarted = true;
            ListPart part = nextPart();
            return () -> to.onNext(part);
        }
        return null;
    }

    private ListPart nextPart() {
        List<VersionedImage> images = new ArrayList<>();
        while (images.size() < PART_SIZE && listing.hasNext()) {
            images.add(listing.next());
        }
        return new ListPart(images, listing.position());
    }
}
