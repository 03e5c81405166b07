package dev.imaged.server.grpc;

import com.google.protobuf.ByteString;
import dev.imaged.images.Position;
import dev.imaged.internal.wire.CatalogProtos;
import dev.imaged.proto.v1.WatchRequest;
import dev.imaged.proto.v1.WatchResponse;
import dev.imaged.server.admission.TransportWork;
import dev.imaged.server.engine.Cancellation;
import dev.imaged.server.engine.ChangeFeed;
import dev.imaged.server.engine.EncodedVersion;
import dev.imaged.server.engine.ImageCatalog;
import dev.imaged.server.engine.ImageCatalog.FeedQuery;
import dev.imaged.server.engine.ImageCatalog.Listing;
import dev.imaged.server.engine.ImageCatalog.Part;
import dev.imaged.server.engine.ReadMask;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The messages of a watch: the images of a snapshot if it asks for one, then changes. */
final class CatalogWatch implements WatchSource {
    private static final Duration DEFAULT_INTERVAL = Duration.ofSeconds(10);
    private static final Duration MIN_INTERVAL = Duration.ofSeconds(1);
    private static final Duration MAX_INTERVAL = Duration.ofMinutes(5);
    private static final Duration MAX_DELAY = Duration.ofSeconds(1);

    private final ImageCatalog catalog;
    private final WatchRequest request;
    private final @Nullable List<String> namespaces;
    private final Duration interval;
    private final Duration delay;

    /** What the snapshot is of, once it is started. */
    private @Nullable Position snapshot;

    /** What is left of it; null before the start and behind the end. */
    private @Nullable Listing listing;

    /** Whether the caller knows a position. */
    private boolean hasTold;

    /** The last message without its images and changes, null before a watch without a snapshot has begun. */
    private volatile @Nullable ByteString told;

    /** The changes, once the snapshot is whole. */
    private volatile @Nullable ChangeFeed feed;

    /** @param namespaces null for all */
    CatalogWatch(ImageCatalog catalog, WatchRequest request, @Nullable List<String> namespaces) {
        this.catalog = catalog;
        this.request = request;
        this.namespaces = namespaces;
        this.interval = request.hasProgressInterval() && !isZero(request.getProgressInterval())
                ? between(MIN_INTERVAL, request.getProgressInterval(), MAX_INTERVAL)
                : DEFAULT_INTERVAL;
        this.delay = between(Duration.ZERO, request.getMaxDelay(), MAX_DELAY);
    }

    private static boolean isZero(com.google.protobuf.Duration duration) {
        return duration.getSeconds() == 0 && duration.getNanos() == 0;
    }

    private static Duration between(Duration least, com.google.protobuf.Duration asked, Duration most) {
        if (asked.getSeconds() > most.toSeconds()) { // a Duration of Java holds fewer seconds
            return most;
        } else if (asked.getSeconds() < 0) {
            return least;
        }
        Duration duration = Duration.ofSeconds(asked.getSeconds(), asked.getNanos());
        return duration.compareTo(least) < 0 ? least : duration.compareTo(most) > 0 ? most : duration;
    }

    @Override
    public @Nullable ByteString next(int maxBytes, boolean isDue, Runnable wake, Cancellation cancellation) {
        ChangeFeed changes = feed;
        if (changes == null && request.hasSnapshot()) {
            return snapshot(maxBytes, isDue, wake, cancellation);
        } else if (changes == null) {
            changes = follow(request.hasAfter() ? CatalogProtos.fromProto(request.getAfter()) : null, wake);
        }
        ChangeFeed.Batch batch = changes.next(maxBytes, cancellation);
        boolean isMessage = isDue || !hasTold || !batch.changes().isEmpty();
        hasTold = true;
        return isMessage ? message(batch) : null;
    }

    private ChangeFeed follow(@Nullable Position after, Runnable wake) {
        Set<String> followed = namespaces == null ? null : Set.copyOf(namespaces);
        ChangeFeed opened = catalog.follow(
                new FeedQuery(followed, request.getFiltersList(), !request.getWithoutBefore()), after, wake);
        feed = opened;
        return opened;
    }

    private ByteString message(ChangeFeed.Batch batch) {
        WatchResponse.Builder rest = WatchResponse.newBuilder().setPartial(batch.isPartial());
        if (!batch.isPartial()) {
            rest.setPosition(CatalogProtos.toProto(batch.position()));
        }
        ByteString end = rest.build().toByteString();
        told = end;
        return EncodedCatalog.changes(WatchResponse.CHANGES_FIELD_NUMBER, batch.changes())
                .concat(end);
    }

    /** Returns the next part of the snapshot; null when it has no images and another follows. */
    private @Nullable ByteString snapshot(int maxBytes, boolean isDue, Runnable wake, Cancellation cancellation) {
        Position at = snapshot == null ? begin() : snapshot;
        List<EncodedVersion> images = List.of();
        if (listing != null) {
            Part part = listing.next(ImageCatalog.MAX_PAGE_SIZE, maxBytes, cancellation);
            listing = part.last() == null ? null : listing;
            images = part.images();
        }
        WatchResponse.Builder rest = WatchResponse.newBuilder();
        if (listing == null) {
            follow(at, wake);
            hasTold = true;
            rest.setPosition(CatalogProtos.toProto(at));
            told = rest.build().toByteString();
            rest.setSynced(true);
        } else if (images.isEmpty() && !isDue) {
            return null;
        }
        return EncodedCatalog.versions(WatchResponse.IMAGES_FIELD_NUMBER, images, ReadMask.ALL)
                .concat(rest.build().toByteString());
    }

    /** Takes the position first: each namespace that had an image by then is known afterwards. */
    private Position begin() {
        Position at = catalog.newest(
                request.getSnapshot().hasNotBefore()
                        ? CatalogProtos.fromProto(request.getSnapshot().getNotBefore())
                        : null);
        List<String> listed = namespaces == null ? catalog.namespaces() : namespaces;
        listing = listed.isEmpty() ? null : catalog.list(listed, request.getFiltersList(), at.revision());
        snapshot = at;
        return at;
    }

    @Override
    public boolean hasNext() {
        ChangeFeed changes = feed;
        return changes == null || changes.hasNext();
    }

    @Override
    public boolean isList() {
        return feed == null && (request.hasSnapshot() || !TransportWork.mayParse(request.getFiltersList()));
    }

    /** A watch that starts now must not seem to have started before it has. */
    @Override
    public @Nullable ByteString signOfLife() {
        ByteString last = told;
        return last == null && request.hasSnapshot() ? ByteString.EMPTY : last;
    }

    @Override
    public List<String> filters() {
        return request.getFiltersList();
    }

    @Override
    public boolean isLost() {
        ChangeFeed changes = feed;
        return changes != null && changes.isLost();
    }

    @Override
    public Duration interval() {
        return interval;
    }

    @Override
    public Duration delay() {
        return delay;
    }

    @Override
    public void close() {
        ChangeFeed changes = feed;
        if (changes != null) {
            changes.close();
        }
    }
}
