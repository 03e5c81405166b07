package dev.imaged.remote;

import dev.imaged.errors.ImageException.Unavailable;
import dev.imaged.images.Changes;
import dev.imaged.images.Watch;
import dev.imaged.images.WatchOptions;
import io.grpc.Channel;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** The changes that the daemon on the other end tells. Watches have no deadline. Thread-safe. */
final class RemoteChanges implements Changes, AutoCloseable {
    private final Channel channel;
    private final Set<RemoteWatch> open = ConcurrentHashMap.newKeySet();
    private volatile boolean closed;

    RemoteChanges(Channel channel) {
        this.channel = channel;
    }

    @Override
    public Watch watch(WatchOptions options) {
        RemoteWatch watch = new RemoteWatch(channel, options, open::remove);
        open.add(watch);
        if (closed) {
            end(watch);
        }
        return watch;
    }

    private static void end(RemoteWatch watch) {
        watch.end(new Unavailable("the image stores are closed", null));
    }

    /** Ends all watches, which would try for ever to go on. */
    @Override
    public void close() {
        closed = true;
        open.forEach(RemoteChanges::end);
    }
}
