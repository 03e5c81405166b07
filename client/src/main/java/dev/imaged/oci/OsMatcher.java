package dev.imaged.oci;

import java.util.List;

/** Matches the operating system of a pattern, whatever the CPU; platforms of its CPU come first. */
record OsMatcher(PlatformPattern pattern, PlatformMatcher cpu) implements PlatformMatcher {
    static OsMatcher of(Platform platform) {
        Platform normalized = platform.normalize();
        PlatformPattern pattern = PlatformPattern.of(normalized);
        return new OsMatcher(pattern, new RankedMatcher(List.of(List.of(pattern))));
    }

    @Override
    public boolean matches(Platform platform) {
        return pattern.matchesOs(platform);
    }

    @Override
    public int compare(Platform first, Platform second) {
        boolean matches = matches(first);
        if (matches != matches(second)) {
            return matches ? -1 : 1;
        }
        return matches ? cpu.compare(first, second) : 0;
    }
}
