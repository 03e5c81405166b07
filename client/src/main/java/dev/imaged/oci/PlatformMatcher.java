package dev.imaged.oci;

import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * Says which platforms will do, and which of two will do better: the matchers of containerd's package {@code platforms}.
 * Implementations are immutable and thread-safe.
 *
 * <p>Names are compared as {@link Platform#normalize} writes them, also {@code Windows}, of which containerd's {@code
 * Any} and {@code Ordered} take every version unless it is written in lower case. What an image requires of the
 * operating system has to be among the features of the platform that is asked for, {@code win32k} aside. A Windows image
 * has to be of the same build as that platform; from build 20348 on of one between the long-term release before it and it.
 */
public interface PlatformMatcher extends Comparator<Platform> {
    /** Whether a platform will do. */
    boolean matches(Platform platform);

    /** Returns a negative number when the first platform is the better one, a positive one when the second is. */
    @Override
    int compare(Platform first, Platform second);

    /** Returns what runs on this machine, see {@link #only}; on Windows images of any version, whose build is not known. */
    static PlatformMatcher local() {
        return RankedMatcher.LOCAL;
    }

    /**
     * Returns what runs on a platform, the same CPU before older ones: arm64 v9.1 runs v9, v8.6 and below and then arm v8
     * to v5, arm v7 runs v6 and v5, amd64 v3 runs v2, v1 and 386.
     */
    static PlatformMatcher only(Platform platform) {
        return new RankedMatcher(singly(CompatibleCpus.of(platform.normalize())));
    }

    /** Returns that platform and no other. */
    static PlatformMatcher onlyStrict(Platform platform) {
        return ordered(platform.normalize());
    }

    /**
     * Returns the operating system of a platform in its version and with its features, on any CPU; the platform's own CPU
     * comes before the others.
     */
    static PlatformMatcher onlyOs(Platform platform) {
        return OsMatcher.of(platform);
    }

    /** Returns any of the platforms, none better than another. */
    static PlatformMatcher any(Platform... platforms) {
        return new RankedMatcher(
                List.of(Stream.of(platforms).map(PlatformPattern::of).toList()));
    }

    /** Returns any of the platforms, those that come first before the others. */
    static PlatformMatcher ordered(Platform... platforms) {
        return new RankedMatcher(singly(List.of(platforms)));
    }

    /** Returns all platforms, none better than another. */
    static PlatformMatcher all() {
        return AllPlatforms.INSTANCE;
    }

    private static List<List<PlatformPattern>> singly(List<Platform> platforms) {
        return platforms.stream()
                .map(platform -> List.of(PlatformPattern.of(platform)))
                .toList();
    }
}
