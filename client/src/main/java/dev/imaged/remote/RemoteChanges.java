package dev.imaged.remote;

import dev.imaged.errors.ImageException.Unavailable;
import dev.imaged.images.Changes;
import dev.imaged.images.Watch;
import dev.imaged.images.WatchEvent;
import dev.imaged.images.WatchOptions;
import io.grpc.Channel;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Flow;

/** The changes that the daemon on the other end tells. Watches have no deadline. Thread-safe. */
final class RemoteChanges implements Changes, AutoCloseable {
    private final Channel channel;
    private final Set<WatchSubscription> open = ConcurrentHashMap.newKeySet();
    private volatile boolean closed;

    RemoteChanges(Channel channel) {
        this.channel = channel;
    }

    @Override
    public Watch watch(WatchOptions options) {
        RemoteWatch watch = new RemoteWatch();
        subscribe(options, watch);
        return watch;
    }

    @Override
    public Flow.Publisher<WatchEvent> publisher(WatchOptions options) {
        return subscriber -> subscribe(options, subscriber);
    }

    private void subscribe(WatchOptions options, Flow.Subscriber<? super WatchEvent> subscriber) {
        Objects.requireNonNull(subscriber, "subscriber");
        WatchSubscription subscription = new WatchSubscription(channel, options, subscriber, open::remove);
        open.add(subscription);
        subscription.start();
        if (closed) {
            end(subscription);
        }
    }

    private static void end(WatchSubscription subscription) {
        subscription.end(new Unavailable("the image stores are closed", null));
    }

    /** Ends all watches, which would try for ever to go on. */
    @Override
    public void close() {
        closed = true;
        open.forEach(RemoteChanges::end);
    }
}
