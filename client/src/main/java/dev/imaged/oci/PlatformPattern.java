package dev.imaged.oci;

import java.util.ArrayList;
import java.util.List;

/**
 * One platform for which an image has to be made.
 *
 * @param platform normalised
 * @param windows the version that a Windows image has to fit, the unknown one for other systems
 */
record PlatformPattern(Platform platform, WindowsVersion windows) {
    private static final String WINDOWS = "windows";

    /** Every Windows image may require it, and every Windows counts as having it. */
    private static final String WIN32K = "win32k";

    static PlatformPattern of(Platform platform) {
        Platform normalized = platform.normalize();
        return new PlatformPattern(
                normalized,
                isWindows(normalized) ? WindowsVersion.parse(normalized.osVersion()) : WindowsVersion.UNKNOWN);
    }

    private static boolean isWindows(Platform platform) {
        return platform.os().equals(WINDOWS);
    }

    boolean matches(Platform image) {
        Platform other = image.normalize();
        return platform.architecture().equals(other.architecture())
                && platform.variant().equals(other.variant())
                && matchesOs(image);
    }

    /** Whether the operating system, its version and its features match, whatever the CPU. */
    boolean matchesOs(Platform image) {
        Platform other = image.normalize();
        return platform.os().equals(other.os())
                && (!isWindows(platform) || windows.runs(other.osVersion()))
                && platform.osFeatures().containsAll(required(image));
    }

    private List<String> required(Platform image) {
        List<String> features = new ArrayList<>(image.osFeatures());
        if (isWindows(platform)) {
            features.remove(WIN32K);
        }
        return features;
    }
}
