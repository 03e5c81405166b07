package dev.imaged.oci;

import java.util.Comparator;
import java.util.List;

/**
 * Patterns in the order of preference; the patterns of a rank are equals. Of two platforms of one rank, the one that
 * uses more features of the operating system is better. Platforms that fail only by their features come after all that
 * match.
 */
record RankedMatcher(List<List<PlatformPattern>> ranks) implements PlatformMatcher {
    static final PlatformMatcher LOCAL = PlatformMatcher.only(Platform.local());

    private static final Comparator<Key> ORDER = Comparator.comparingInt(Key::rank)
            .thenComparing(Comparator.comparingInt(Key::features).reversed());

    private record Key(int rank, int features) {}

    @Override
    public boolean matches(Platform platform) {
        return rank(platform) < ranks.size();
    }

    @Override
    public int compare(Platform first, Platform second) {
        return ORDER.compare(key(first), key(second));
    }

    private Key key(Platform platform) {
        int rank = rank(platform);
        if (rank < ranks.size()) {
            return new Key(rank, platform.osFeatures().size());
        }
        Platform withoutFeatures = new Platform(
                platform.architecture(), platform.os(), platform.osVersion(), List.of(), platform.variant());
        return new Key(ranks.size() + rank(withoutFeatures), 0);
    }

    /** Returns the index of the first rank that matches; the number of ranks when none does. */
    private int rank(Platform platform) {
        int rank = 0;
        while (rank < ranks.size() && ranks.get(rank).stream().noneMatch(pattern -> pattern.matches(platform))) {
            rank++;
        }
        return rank;
    }
}
