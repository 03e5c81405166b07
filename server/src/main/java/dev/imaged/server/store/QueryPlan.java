package dev.imaged.server.store;

import dev.imaged.filters.Filter;
import dev.imaged.filters.Filters;
import dev.imaged.filters.Selector;
import dev.imaged.server.engine.Cancellation;
import dev.imaged.server.store.kv.Snapshot;
import dev.imaged.server.store.kv.Table;
import dev.imaged.server.store.record.KeyStarts;
import dev.imaged.server.store.record.Keys;
import dev.imaged.server.store.record.NamePosition;
import dev.imaged.server.store.record.Schema;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The ranges of indexes that a list may read: for each alternative of the filters, the narrowest range that holds every image that can
 * match it. The query finds out whether this costs less than a scan.
 *
 * @param accesses the ranges, each once; none if an alternative has no index, or if {@link KeyStarts} lead to the images
 */
record QueryPlan(List<Access> accesses) {
    /** How many bytes the keys may take that {@link #keys} returns: a name may have megabytes. */
    private static final long MAX_BYTES = 16 << 20;

    /** The indexes, those with the narrowest ranges first. */
    private enum Index {
        NAME(NamePosition.AFTER_NAMESPACE),
        DIGEST(NamePosition.AFTER_DIGEST),
        LABEL_VALUE(NamePosition.AFTER_LABEL),
        NAME_PREFIX(NamePosition.AFTER_NAMESPACE),
        DIGEST_PREFIX(NamePosition.AFTER_DIGEST),
        LABEL(NamePosition.AFTER_LABEL);

        private final NamePosition name;

        Index(NamePosition name) {
            this.name = name;
        }
    }

    /** A range of an index. */
    record Access(Index index, byte[] prefix) {
        Table table() {
            return switch (index) {
                case NAME, NAME_PREFIX -> Schema.IMAGES.entries();
                case DIGEST, DIGEST_PREFIX -> Schema.BY_DIGEST;
                case LABEL, LABEL_VALUE -> Schema.BY_LABEL;
            };
        }

        NamePosition name() {
            return index.name;
        }

        /** Whether only the first entry can match: the name itself sorts before all longer names that start with it. */
        boolean isPoint() {
            return index == Index.NAME;
        }

        /** Whether the name follows the prefix in each key. */
        boolean isInOrder() {
            return switch (index) {
                case NAME, DIGEST, LABEL_VALUE -> true;
                case NAME_PREFIX, DIGEST_PREFIX, LABEL -> false;
            };
        }
    }

    static QueryPlan of(String namespace, Filters filters) {
        List<Access> accesses = new ArrayList<>();
        for (Filter filter : filters.alternatives()) {
            Optional<Access> narrowest = filter.selectors().stream()
                    .flatMap(selector -> access(namespace, selector).stream())
                    .min(Comparator.comparing(Access::index));
            if (narrowest.isEmpty()) {
                return new QueryPlan(List.of());
            }
            accesses.add(narrowest.get());
        }
        return new QueryPlan(isByNames(accesses) ? List.of() : distinct(accesses));
    }

    private static List<Access> distinct(List<Access> accesses) {
        Map<Map.Entry<Index, ByteBuffer>, Access> byRange = new LinkedHashMap<>();
        accesses.forEach(
                access -> byRange.putIfAbsent(Map.entry(access.index(), ByteBuffer.wrap(access.prefix())), access));
        return List.copyOf(byRange.values());
    }

    /** Whether the list reads the images themselves, which are in the order of their names. */
    private static boolean isByNames(List<Access> accesses) {
        return accesses.size() <= KeyStarts.MAX
                && accesses.stream().anyMatch(access -> access.index() == Index.NAME_PREFIX)
                && accesses.stream().allMatch(access -> access.name() == NamePosition.AFTER_NAMESPACE);
    }

    boolean isIndexed() {
        return !accesses.isEmpty();
    }

    /** Whether each range has its keys in the order of the names, so that a list can go on at any name. */
    boolean isInOrder() {
        return isIndexed() && accesses.stream().allMatch(Access::isInOrder);
    }

    /**
     * Returns the keys of the images to look at, in order, each once for each range that holds it; nothing when there are more than
     * enough, or when they take too much memory.
     *
     * @param images the start of the keys of all images of the namespace
     */
    Optional<List<byte[]>> keys(Snapshot snapshot, byte[] images, int enough, Cancellation cancellation) {
        List<byte[]> keys = new ArrayList<>();
        long[] bytes = {0};
        for (Access access : accesses) {
            if (keys.size() > enough || bytes[0] > MAX_BYTES) {
                break;
            }
            if (access.isPoint()) {
                keys.add(access.prefix());
                continue;
            }
            snapshot.scan(access.table(), access.prefix(), (key, value) -> {
                int name = access.name().in(key);
                keys.add(Keys.concat(images, Arrays.copyOfRange(key, name, key.length)));
                bytes[0] += key.length;
                cancellation.check();
                return keys.size() <= enough && bytes[0] <= MAX_BYTES;
            });
        }
        if (keys.size() > enough || bytes[0] > MAX_BYTES) {
            return Optional.empty();
        }
        keys.sort(Arrays::compareUnsigned);
        return Optional.of(keys);
    }

    private static Optional<Access> access(String namespace, Selector selector) {
        String key = selector.field().key();
        return switch (selector.field().kind()) {
            case NAME ->
                switch (selector.operator()) {
                    case EQUAL -> Optional.of(new Access(Index.NAME, Keys.image(namespace, selector.value())));
                    case MATCHES ->
                        selector.anchoredLiteralPrefix()
                                .map(start -> new Access(Index.NAME_PREFIX, Keys.image(namespace, start)));
                    default -> Optional.empty();
                };
            case TARGET_DIGEST ->
                switch (selector.operator()) {
                    case EQUAL -> Optional.of(new Access(Index.DIGEST, Keys.digest(namespace, selector.value())));
                    case MATCHES ->
                        selector.anchoredLiteralPrefix()
                                .map(start -> new Access(Index.DIGEST_PREFIX, Keys.digestPrefix(namespace, start)));
                    default -> Optional.empty();
                };
            case LABEL ->
                switch (selector.operator()) {
                    case EQUAL ->
                        Optional.of(new Access(Index.LABEL_VALUE, Keys.label(namespace, key, selector.value())));
                    case PRESENT -> Optional.of(new Access(Index.LABEL, Keys.label(namespace, key)));
                    default -> Optional.empty();
                };
            default -> Optional.empty();
        };
    }
}
