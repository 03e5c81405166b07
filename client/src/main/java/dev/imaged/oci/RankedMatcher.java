package dev.imaged.oci;

import java.util.Comparator;
import java.util.List;

/**
 * Patterns in the order of preference, as equals within a rank. Of two platforms of one rank that is the better one which
 * makes more use of the operating system's features; those that only their features keep from matching come after all
 * that match.
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

    /** Returns the place of the first rank that matches, behind all of them when none does. */
    private int rank(Platform platform) {
        int rank = 0;
        while (rank < ranks.size() && ranks.get(rank).stream().noneMatch(pattern -> pattern.matches(platform))) {
            rank++;
        }
        return rank;
    }
}
