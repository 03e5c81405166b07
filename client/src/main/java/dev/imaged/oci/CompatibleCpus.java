package dev.imaged.oci;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The CPUs whose programs a CPU runs, by the rules of containerd's package {@code platforms}. */
final class CompatibleCpus {
    private static final int OLDEST_ARM = 5;

    /** A version 9.x of arm64 runs the programs of 8.(x+5), up to the last version of 8. */
    private static final int ARM64_9_IS_8 = 5;

    private static final int LAST_ARM64_8 = 9;
    private static final int LAST_ARM64_9 = 7;

    /** At most two digits. containerd accepts any number, and makes a list of that length. */
    private static final Pattern NUMBERED = Pattern.compile("v?\\+?0*([0-9]{1,2})");

    private static final Pattern ARM64 = Pattern.compile("v([89])(?:\\.([0-9]))?");

    private CompatibleCpus() {}

    /** Returns the platforms whose programs a platform runs, best first: itself, then others. */
    static List<Platform> of(Platform platform) {
        return switch (platform.architecture()) {
            case "amd64" -> amd64(platform);
            case "arm" -> arm(platform);
            case "arm64" -> arm64(platform);
            default -> List.of(platform);
        };
    }

    private static List<Platform> amd64(Platform platform) {
        List<Platform> all = downTo(platform, 1);
        all.add(platform.withCpu("386", ""));
        return all;
    }

    private static List<Platform> arm(Platform platform) {
        return downTo(platform, OLDEST_ARM);
    }

    private static List<Platform> downTo(Platform platform, int oldest) {
        List<Platform> all = new ArrayList<>(List.of(platform));
        Matcher version = NUMBERED.matcher(platform.variant());
        if (version.matches()) {
            for (int older = Integer.parseInt(version.group(1)) - 1; older >= oldest; older--) {
                all.add(platform.withCpu(platform.architecture(), "v" + older));
            }
        }
        return all;
    }

    /** An arm64 of an unknown version runs no known programs. */
    private static List<Platform> arm64(Platform platform) {
        Matcher version = ARM64.matcher(platform.variant().isEmpty() ? "v8" : platform.variant());
        if (!version.matches()) {
            return List.of();
        }
        int minor = version.group(2) == null ? 0 : Integer.parseInt(version.group(2));
        List<Platform> all = new ArrayList<>();
        if (version.group(1).equals("9")) {
            if (minor > LAST_ARM64_9) {
                return List.of();
            }
            addArm64(all, platform, 9, minor);
            minor = Math.min(minor + ARM64_9_IS_8, LAST_ARM64_8);
        }
        addArm64(all, platform, 8, minor);
        all.addAll(arm(platform.withCpu("arm", "v8")));
        return all;
    }

    private static void addArm64(List<Platform> all, Platform platform, int major, int newest) {
        for (int minor = newest; minor >= 0; minor--) {
            all.add(platform.withCpu("arm64", "v" + major + (minor == 0 ? "" : "." + minor)));
        }
    }
}
