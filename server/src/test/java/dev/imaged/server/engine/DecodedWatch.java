package dev.imaged.server.engine;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.imaged.errors.ImageException;
import dev.imaged.images.AsOf;
import dev.imaged.images.Position;
import dev.imaged.images.VersionedImage;
import dev.imaged.images.Watch;
import dev.imaged.images.WatchEvent;
import dev.imaged.images.WatchOptions;
import dev.imaged.images.WatchedChange;
import dev.imaged.internal.wire.ImageProtos;
import dev.imaged.internal.wire.WatchProtos;
import dev.imaged.proto.v1.Change;
import dev.imaged.server.engine.ImageCatalog.EncodedChange;
import dev.imaged.server.engine.ImageCatalog.FeedQuery;
import dev.imaged.server.engine.ImageCatalog.ListQuery;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The view of a feed of an engine as a watch, so that the contract runs over it in one process. */
final class DecodedWatch implements Watch {
    /** Little, so that a few changes are several batches. */
    private static final int BATCH_BYTES = 1024;

    private final ImageCatalog catalog;
    private final WatchOptions options;
    private final Semaphore wakes = new Semaphore(0);
    private final Deque<WatchEvent> ready = new ArrayDeque<>();
    private final ChangeFeed feed;
    private @Nullable Position position;
    private volatile boolean closed;

    DecodedWatch(ImageCatalog catalog, WatchOptions options) {
        this.catalog = catalog;
        this.options = options;
        this.feed = open();
    }

    private ChangeFeed open() {
        if (options.snapshot()) {
            return afterSnapshot();
        }
        try {
            ChangeFeed opened = follow(options.after());
            ready.add(next(opened));
            return opened;
        } catch (ImageException.OutOfRange e) {
            if (options.restarts()) {
                return afterSnapshot();
            }
            throw e;
        }
    }

    private ChangeFeed follow(@Nullable Position after) {
        Set<String> namespaces = options.namespaces() == null ? null : Set.copyOf(options.namespaces());
        return catalog.follow(new FeedQuery(namespaces, options.filters(), options.before()), after, wakes::release);
    }

    private ChangeFeed afterSnapshot() {
        Position at = catalog.newest(null);
        List<VersionedImage> images = new ArrayList<>();
        List<String> namespaces = options.namespaces() == null ? catalog.namespaces() : options.namespaces();
        for (String namespace : namespaces) {
            ListQuery query = new ListQuery(namespace, options.filters(), AsOf.revision(at.revision()), null);
            catalog.list(query).next(Integer.MAX_VALUE, Integer.MAX_VALUE, Cancellation.NONE).images().stream()
                    .map(DecodedWatch::decoded)
                    .forEach(images::add);
        }
        ready.add(new WatchEvent.Snapshot(images, true));
        ready.add(new WatchEvent.Synced(at));
        return follow(at);
    }

    private static VersionedImage decoded(EncodedVersion version) {
        try {
            return new VersionedImage(
                    version.namespace(),
                    ImageProtos.fromProto(dev.imaged.proto.images.v1.Image.parseFrom(version.image())),
                    version.revision(),
                    version.createdRevision());
        } catch (InvalidProtocolBufferException e) {
            throw new AssertionError(e);
        }
    }

    /** Returns the event of the next batch, or of several that are parts of a commit. */
    private static WatchEvent next(ChangeFeed feed) {
        List<WatchedChange> changes = new ArrayList<>();
        ChangeFeed.Batch batch;
        do {
            batch = feed.next(BATCH_BYTES, Cancellation.NONE);
            batch.changes().forEach(change -> changes.add(decoded(change)));
        } while (batch.isPartial());
        return changes.isEmpty()
                ? new WatchEvent.Progress(batch.position())
                : new WatchEvent.Changed(changes, batch.position());
    }

    private static WatchedChange decoded(EncodedChange change) {
        try {
            return WatchProtos.fromProto(Change.parseFrom(change.message()));
        } catch (InvalidProtocolBufferException e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public boolean hasNext() {
        while (ready.isEmpty() && !closed) {
            boolean isDue = !await();
            if (closed) {
                break;
            }
            WatchEvent event = next(feed);
            if (isDue || event instanceof WatchEvent.Changed) {
                ready.add(event);
            }
        }
        return !closed;
    }

    /** Waits until there may be changes; false when there was nothing for the progress interval. */
    private boolean await() {
        try {
            catalog.reach(); // fails once the engine is closed
            for (long waited = 0; waited < options.effectiveInterval().toMillis(); waited += 20) {
                if (closed || feed.hasNext() || wakes.tryAcquire(20, TimeUnit.MILLISECONDS)) {
                    return true;
                }
                catalog.reach();
            }
            return false;
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public WatchEvent next() {
        if (!hasNext()) {
            throw new NoSuchElementException("the watch is closed");
        }
        WatchEvent event = ready.remove();
        position = event.position();
        return event;
    }

    @Override
    public @Nullable Position position() {
        return position;
    }

    @Override
    public void close() {
        closed = true;
        feed.close();
    }
}
