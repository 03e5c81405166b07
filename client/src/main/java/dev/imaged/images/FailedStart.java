package dev.imaged.images;

import dev.imaged.errors.ImageException;
import java.util.concurrent.Flow;

/** The subscription of a stream that failed before it started. */
final class FailedStart implements Flow.Subscription {
    private volatile boolean isCancelled;

    private FailedStart() {}

    /** Tells a subscriber why its stream did not start, unless it cancels. */
    static void tell(Flow.Subscriber<?> subscriber, ImageException why) {
        FailedStart subscription = new FailedStart();
        subscriber.onSubscribe(subscription);
        if (!subscription.isCancelled) {
            subscriber.onError(why);
        }
    }

    @Override
    public void request(long count) {}

    @Override
    public void cancel() {
        isCancelled = true;
    }
}
