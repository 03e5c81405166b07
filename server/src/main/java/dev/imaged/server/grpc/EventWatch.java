package dev.imaged.server.grpc;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.imaged.errors.ImageException;
import dev.imaged.filters.Filters;
import dev.imaged.proto.v1.Change;
import dev.imaged.server.admission.TransportWork;
import dev.imaged.server.engine.Cancellation;
import dev.imaged.server.engine.ChangeFeed;
import dev.imaged.server.engine.ImageCatalog;
import dev.imaged.server.engine.ImageCatalog.EncodedChange;
import dev.imaged.server.engine.ImageCatalog.FeedQuery;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/** The messages of a subscription to events, one for each change from now on. */
final class EventWatch implements WatchSource {
    /** Events have no message that says that nothing happened. */
    private static final Duration NEVER = Duration.ofDays(36_500);

    /** Little, because it is held for a caller that does not read. */
    private static final int BATCH_BYTES = 4 * 1024;

    private final ImageCatalog catalog;
    private final List<String> filterTexts;
    private @Nullable Filters filters;
    private volatile @Nullable ChangeFeed feed;

    /** The changes that were read and not looked at yet. For the thread that makes the messages. */
    private final Queue<EncodedChange> read = new ArrayDeque<>();

    /** Whether there are any, for other threads. */
    private volatile boolean hasRead;

    EventWatch(ImageCatalog catalog, List<String> filterTexts) {
        this.catalog = catalog;
        this.filterTexts = filterTexts;
    }

    @Override
    public @Nullable ByteString next(int maxBytes, boolean isDue, Runnable wake, Cancellation cancellation) {
        ChangeFeed changes = feed;
        if (changes == null) {
            filters = parse(filterTexts);
            changes = catalog.follow(new FeedQuery(null, List.of(), false), null, wake);
            feed = changes;
        }
        if (read.isEmpty() || changes.isLost()) {
            read.addAll(changes.next(BATCH_BYTES, cancellation).changes());
        }
        ByteString event = null;
        while (event == null && !read.isEmpty() && !cancellation.isTurnOver()) {
            cancellation.check();
            event = event(read.element(), cancellation);
            read.remove(); // only now: it is looked at again if the look was ended
        }
        hasRead = !read.isEmpty();
        return event;
    }

    /** containerd words the error so. */
    private static Filters parse(List<String> texts) {
        try {
            return Filters.parse(texts);
        } catch (ImageException.InvalidArgument e) {
            throw new ImageException.InvalidArgument("failed parsing subscription filters: " + e.getMessage());
        }
    }

    /** Returns the event of a change, null when no filter matches. */
    private @Nullable ByteString event(EncodedChange encoded, Cancellation cancellation) {
        Change change;
        try {
            change = Change.parseFrom(encoded.message());
        } catch (InvalidProtocolBufferException e) {
            throw new ImageException.DataLoss("a stored image cannot be decoded: " + e.getMessage(), e);
        }
        boolean matches = filters == null || ImageEvents.matches(filters, change, cancellation);
        return matches ? ImageEvents.envelope(change).toByteString() : null;
    }

    @Override
    public boolean hasNext() {
        ChangeFeed changes = feed;
        return changes == null || hasRead || changes.hasNext();
    }

    @Override
    public boolean isList() {
        return feed == null && !TransportWork.mayParse(filterTexts);
    }

    /** There is no event that says nothing. */
    @Override
    public @Nullable ByteString signOfLife() {
        return null;
    }

    @Override
    public List<String> filters() {
        return filterTexts;
    }

    @Override
    public boolean isLost() {
        ChangeFeed changes = feed;
        return changes != null && changes.isLost();
    }

    @Override
    public Duration interval() {
        return NEVER;
    }

    @Override
    public Duration delay() {
        return Duration.ZERO;
    }

    @Override
    public void close() {
        ChangeFeed changes = feed;
        if (changes != null) {
            changes.close();
        }
    }
}
