package dev.imaged.images;

import java.util.concurrent.Flow;

/** The subscription to what did not start. */
record EndedSubscription() implements Flow.Subscription {
    @Override
    public void request(long count) {}

    @Override
    public void cancel() {}
}
