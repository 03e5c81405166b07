package dev.imaged.oci;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The version of Windows, {@code MAJOR.MINOR.BUILD} (Microsoft, "Windows container version compatibility"). Any other
 * text is the unknown version, 0.0.0.
 */
record WindowsVersion(int major, int minor, int build) {
    static final WindowsVersion UNKNOWN = new WindowsVersion(0, 0, 0);

    /** The long-term releases that run containers of older builds, in ascending order: Server 2022 and 2025. */
    private static final List<Integer> LONG_TERM_BUILDS = List.of(20348, 26100);

    private static final Pattern VERSION =
            Pattern.compile("0*([0-9]{1,9})\\.0*([0-9]{1,9})\\.0*([0-9]{1,9})(?s:\\..*)?");
    private static final int MAX_MAJOR_MINOR = 255;
    private static final int MAX_BUILD = 65535;

    static WindowsVersion parse(String text) {
        Matcher matcher = VERSION.matcher(text);
        if (!matcher.matches()) {
            return UNKNOWN;
        }
        WindowsVersion version = new WindowsVersion(
                Integer.parseInt(matcher.group(1)),
                Integer.parseInt(matcher.group(2)),
                Integer.parseInt(matcher.group(3)));
        boolean inRange =
                version.major <= MAX_MAJOR_MINOR && version.minor <= MAX_MAJOR_MINOR && version.build <= MAX_BUILD;
        return inRange ? version : UNKNOWN;
    }

    /**
     * Whether a host of this version runs an image of another. A host of the unknown version runs every image, and
     * every host runs an image without a version.
     */
    boolean runs(String imageVersion) {
        if (equals(UNKNOWN) || imageVersion.isEmpty()) {
            return true;
        }
        WindowsVersion image = parse(imageVersion);
        if (major != image.major || minor != image.minor) {
            return false;
        } else if (build < LONG_TERM_BUILDS.get(0)) {
            return build == image.build;
        }
        return oldestBuild() <= image.build && image.build <= build;
    }

    /** Returns the long-term release before the one that this build belongs to. */
    private int oldestBuild() {
        int release = LONG_TERM_BUILDS.size() - 1;
        while (LONG_TERM_BUILDS.get(release) > build) {
            release--;
        }
        return LONG_TERM_BUILDS.get(Math.max(0, release - 1));
    }
}
