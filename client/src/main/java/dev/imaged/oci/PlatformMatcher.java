package dev.imaged.oci;

import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * Says which platforms match, and which of two is better: the matchers of containerd's package {@code platforms}.
 * Implementations are immutable and thread-safe.
 *
 * <p>Names are compared as {@link Platform#normalize} writes them. That holds for {@code Windows} as well; containerd's
 * {@code Any} and {@code Ordered} match every version of it unless it is written in lower case. Each operating system
 * feature that an image requires has to be among the features of the platform asked for, except {@code win32k}. A
 * Windows image needs the same build as that platform; from build 20348 on, any build from the long-term release before
 * the platform's own up to the platform's build.
 */
public interface PlatformMatcher extends Comparator<Platform> {
    /** Whether a platform matches. */
    boolean matches(Platform platform);

    /** Returns a negative number when the first platform is the better one, a positive one when the second is. */
    @Override
    int compare(Platform first, Platform second);

    /**
     * Matches the images that run on this machine, see {@link #only}. On Windows, whose build is not known, images of
     * any version match.
     */
    static PlatformMatcher local() {
        return RankedMatcher.LOCAL;
    }

    /**
     * Matches the images that run on a platform, the same CPU before older ones: arm64 v9.1 runs v9, v8.6 and below and
     * then arm v8 to v5, arm v7 runs v6 and v5, amd64 v3 runs v2, v1 and 386.
     */
    static PlatformMatcher only(Platform platform) {
        return new RankedMatcher(singly(CompatibleCpus.of(platform.normalize())));
    }

    /** Matches that platform and no other. */
    static PlatformMatcher onlyStrict(Platform platform) {
        return ordered(platform.normalize());
    }

    /**
     * Matches the operating system of a platform with its version and features, on any CPU; the platform's own CPU
     * comes before the others.
     */
    static PlatformMatcher onlyOs(Platform platform) {
        return OsMatcher.of(platform);
    }

    /** Matches any of the platforms; none is better than another. */
    static PlatformMatcher any(Platform... platforms) {
        return new RankedMatcher(
                List.of(Stream.of(platforms).map(PlatformPattern::of).toList()));
    }

    /** Matches any of the platforms; an earlier one is better than a later one. */
    static PlatformMatcher ordered(Platform... platforms) {
        return new RankedMatcher(singly(List.of(platforms)));
    }

    /** Matches all platforms; none is better than another. */
    static PlatformMatcher all() {
        return AllPlatforms.INSTANCE;
    }

    private static List<List<PlatformPattern>> singly(List<Platform> platforms) {
        return platforms.stream()
                .map(platform -> List.of(PlatformPattern.of(platform)))
                .toList();
    }
}
