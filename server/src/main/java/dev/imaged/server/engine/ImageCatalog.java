package dev.imaged.server.engine;

import com.google.protobuf.ByteString;
import dev.imaged.errors.ImageException;
import dev.imaged.images.AsOf;
import dev.imaged.images.PageRules;
import dev.imaged.images.Position;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What an engine knows beyond containerd's Images API: images as they were, long lists in parts, and histories. Thread-safe.
 *
 * <p>A call that reads the past throws {@link ImageException.OutOfRange} with the reason {@code REVISION_DROPPED} when it is not kept
 * any more, {@code REVISION_AHEAD} when it lies in the future, and {@code OTHER_STORE} when a position is of another store.
 */
public interface ImageCatalog {
    /** The most images of a part of a list, and changes of a part of a history. */
    int MAX_PAGE_SIZE = PageRules.MAX_SIZE;

    /**
     * How far the log of the engine goes.
     *
     * @param newest the position of the last commit
     * @param oldest the oldest position that can be read, and that a watch may start after
     */
    record Reach(Position newest, Position oldest) {}

    /** An image, null if there is none, at a position. */
    record Found(@Nullable EncodedVersion image, Position position) {}

    /**
     * A question for a list.
     *
     * @param namespace the namespace
     * @param filters filters as those of the Images API
     * @param asOf the moment to read
     * @param notBefore a position that the answer must not be older than; null for any
     */
    record ListQuery(
            String namespace,
            List<String> filters,
            AsOf asOf,
            @Nullable Position notBefore) {}

    /**
     * A part of a list.
     *
     * @param images in the order of their names; there may be none even if more follow
     * @param last the name after which the next part starts; null when this is the last part
     * @param position what the whole list is of
     */
    record Part(List<EncodedVersion> images, @Nullable String last, Position position) {}

    /** A list of one revision that is read in parts, while others write. For one thread at a time. */
    interface Listing {
        /** Returns what is wrong with filters that cannot match, a line for each; mostly nothing. */
        List<String> hints();

        /**
         * Returns the next part.
         *
         * @param maxImages the most images
         * @param maxBytes the most bytes of their messages, unless one image alone has more
         */
        Part next(int maxImages, int maxBytes, Cancellation cancellation);
    }

    /**
     * A change of an image.
     *
     * @param message an encoded {@code imaged.v1.Change}
     * @param revision the revision of the change
     */
    record EncodedChange(ByteString message, long revision) {}

    /**
     * Some changes of one name, the newest first.
     *
     * @param next the revision of the next older change; 0 when there is none, or it is not kept
     * @param isTruncated whether there were older changes, which are not kept
     * @param position the newest one when the part was read
     */
    record HistoryPart(List<EncodedChange> changes, long next, boolean isTruncated, Position position) {}

    /**
     * What a feed shows.
     *
     * @param namespaces the namespaces, of which there need not be any yet; null for all
     * @param filters filters as those of the Images API, on the image before and after a change
     * @param withBefore whether changes have the image before
     */
    record FeedQuery(@Nullable Set<String> namespaces, List<String> filters, boolean withBefore) {}

    /** Returns how far the log goes. */
    Reach reach();

    /**
     * Returns the newest position.
     *
     * @param notBefore a position that it must not be older than; null for any
     */
    default Position newest(@Nullable Position notBefore) {
        return position(AsOf.now(), notBefore);
    }

    /**
     * Returns the position of a moment.
     *
     * @param notBefore a position that the newest must not be older than; null for any
     */
    Position position(AsOf asOf, @Nullable Position notBefore);

    /** Returns the namespaces that ever had an image, in byte order. */
    List<String> namespaces();

    /**
     * Returns an image as it is or as it was.
     *
     * @param notBefore a position that the answer must not be older than; null for any
     */
    Found get(String namespace, String name, AsOf asOf, @Nullable Position notBefore, Cancellation cancellation);

    /**
     * Starts a list.
     *
     * @throws ImageException.InvalidArgument when a filter cannot be parsed
     */
    Listing list(ListQuery query);

    /**
     * Starts a list of several namespaces, all of one revision. Of a part's last name, it only counts whether it is null.
     *
     * @param namespaces in byte order, at least one
     * @param filters filters as those of the Images API
     * @param revision what was after this commit
     * @throws ImageException.InvalidArgument when a filter cannot be parsed
     */
    Listing list(List<String> namespaces, List<String> filters, long revision);

    /**
     * Goes on with a list behind a name.
     *
     * @param at the position of the list
     * @param after the name
     * @param allowsNewer whether the newest revision takes the place of one that is not kept any more
     */
    Listing resume(ListQuery query, Position at, String after, boolean allowsNewer);

    /**
     * Returns changes of one name.
     *
     * @param from a position whose revision is that of the first change to return; null for the newest
     * @param maxBytes the most bytes of the changes, unless one change alone has more
     */
    HistoryPart history(
            String namespace,
            String name,
            @Nullable Position from,
            int maxChanges,
            int maxBytes,
            Cancellation cancellation);

    /**
     * Starts to follow changes, which the caller has to end.
     *
     * @param after the position behind which it starts; null for the newest
     * @param wake called when there are changes to read, on any thread: it must not block
     * @throws ImageException.InvalidArgument when a filter cannot be parsed
     */
    ChangeFeed follow(FeedQuery query, @Nullable Position after, Runnable wake);
}
