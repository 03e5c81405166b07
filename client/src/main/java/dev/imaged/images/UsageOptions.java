package dev.imaged.images;

import dev.imaged.oci.PlatformMatcher;
import org.jspecify.annotations.Nullable;

/**
 * The options of {@link ImageUsage}: which content counts for the usage of an image. Immutable; thread-safe.
 *
 * @param platform the order in which manifests of an index are taken, all of which have to be there; null to take the
 *     manifests that are there, in any order
 * @param manifestLimit how many manifests of an index are taken with that order; 0 or less takes all of them
 * @param manifestUsage whether the sizes that the documents say count, instead of the sizes of the content at hand
 * @param dispatch how much is done at once and in all
 */
public record UsageOptions(
        @Nullable PlatformMatcher platform, int manifestLimit, boolean manifestUsage, DispatchOptions dispatch) {
    private static final int LIMIT = 3;

    /** All manifests at hand, with the sizes of the content at hand; {@value #LIMIT} blobs at once. */
    public static final UsageOptions DEFAULT =
            new UsageOptions(null, 0, false, DispatchOptions.DEFAULT.withLimit(LIMIT));

    /** Returns these options with a limit of the manifests of an index, which have to be there; 0 or less for all. */
    public UsageOptions withManifestLimit(PlatformMatcher order, int limit) {
        return new UsageOptions(order, limit, manifestUsage, dispatch);
    }

    /**
     * Returns these options with the sizes that the documents say. The sum depends on which manifests are at hand,
     * unless the options limit the manifests as well.
     */
    public UsageOptions withManifestUsage() {
        return new UsageOptions(platform, manifestLimit, true, dispatch);
    }

    /** Returns these options with other limits for what is done at once and in all. */
    public UsageOptions withDispatch(DispatchOptions other) {
        return new UsageOptions(platform, manifestLimit, manifestUsage, other);
    }
}
