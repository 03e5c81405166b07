package dev.imaged.images;

import dev.imaged.oci.PlatformMatcher;
import org.jspecify.annotations.Nullable;

/**
 * What counts for the usage of an image, see {@link ImageUsage}. Immutable; thread-safe.
 *
 * @param platform in which order the manifests of an index are taken, and that those have to be there; null to take those
 *     that are there, in any order
 * @param manifestLimit how many manifests of an index are taken with that order; 0 or less takes all of them
 * @param manifestUsage whether the sizes that the documents say count, instead of those of what is there
 * @param dispatch how much is done at once and in all
 */
public record UsageOptions(
        @Nullable PlatformMatcher platform, int manifestLimit, boolean manifestUsage, DispatchOptions dispatch) {
    private static final int LIMIT = 3;

    /** All manifests that are there, with the sizes of what is there; {@value #LIMIT} blobs at once. */
    public static final UsageOptions DEFAULT =
            new UsageOptions(null, 0, false, DispatchOptions.DEFAULT.withLimit(LIMIT));

    /** Returns these options with a limit of the manifests of an index, which have to be there; 0 or less for all. */
    public UsageOptions withManifestLimit(PlatformMatcher order, int limit) {
        return new UsageOptions(order, limit, manifestUsage, dispatch);
    }

    /**
     * Returns these options with the sizes that the documents say. The sum depends on which manifests are there, unless
     * there is a limit of the manifests, too.
     */
    public UsageOptions withManifestUsage() {
        return new UsageOptions(platform, manifestLimit, true, dispatch);
    }

    /** Returns these options with another limit of what is done at once and in all. */
    public UsageOptions withDispatch(DispatchOptions other) {
        return new UsageOptions(platform, manifestLimit, manifestUsage, other);
    }
}
