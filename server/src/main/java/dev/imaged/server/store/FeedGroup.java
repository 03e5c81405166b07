package dev.imaged.server.store;

import com.google.protobuf.UnsafeByteOperations;
import dev.imaged.filters.Field;
import dev.imaged.filters.Filter;
import dev.imaged.filters.Filters;
import dev.imaged.filters.Operator;
import dev.imaged.filters.Selector;
import dev.imaged.proto.v1.Change.Match;
import dev.imaged.server.engine.Cancellation;
import dev.imaged.server.store.record.Change;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/** The feeds that ask the same: what a change means to one of them it means to all. Thread-safe. */
final class FeedGroup {
    /** How many answers are kept: the feeds of a group ask for the same changes at about the same time. */
    private static final int ANSWERS = 64;

    /** The most places of a group: one with more is found by fewer of its conditions. */
    private static final int MAX_PLACES = 256;

    private final Key key;
    private final Set<StoreFeed> feeds = ConcurrentHashMap.newKeySet();
    private final AtomicReferenceArray<Answer> answers = new AtomicReferenceArray<>(ANSWERS);
    private volatile boolean slow;

    /**
     * What the feeds of a group ask for.
     *
     * @param namespaces null for all
     */
    record Key(@Nullable Set<String> namespaces, Filters filters) {}

    /**
     * Where a change finds the groups that it may concern.
     *
     * @param namespace null for all
     * @param name null for all
     */
    record Place(@Nullable String namespace, @Nullable String name) {}

    private record Answer(long revision, int index, Match match) {}

    FeedGroup(Key key) {
        this.key = key;
    }

    Key key() {
        return key;
    }

    /** Returns the feeds, for the caller to add to or to look at. */
    Set<StoreFeed> feeds() {
        return feeds;
    }

    /** Whether the filters have once taken too long for a thread that others wait for. */
    boolean isSlow() {
        return slow;
    }

    /** Says that the filters took too long. */
    void slow() {
        slow = true;
    }

    /** Returns where changes have to find this group. */
    List<Place> places() {
        Set<String> namespaces = key.namespaces();
        Set<String> names = names();
        int spaces = namespaces == null ? 1 : namespaces.size();
        if (names != null && (long) spaces * names.size() <= MAX_PLACES) {
            return places(namespaces, names);
        }
        return places(spaces <= MAX_PLACES ? namespaces : null, null);
    }

    private static List<Place> places(@Nullable Set<String> namespaces, @Nullable Set<String> names) {
        List<Place> places = new ArrayList<>();
        for (Optional<String> namespace : each(namespaces)) {
            for (Optional<String> name : each(names)) {
                places.add(new Place(namespace.orElse(null), name.orElse(null)));
            }
        }
        return places;
    }

    private static List<Optional<String>> each(@Nullable Set<String> texts) {
        return texts == null
                ? List.of(Optional.empty())
                : texts.stream().map(Optional::of).toList();
    }

    /** Returns the names that alone can match, null when others can. */
    private @Nullable Set<String> names() {
        Set<String> names = new HashSet<>();
        for (Filter filter : key.filters().alternatives()) {
            Optional<Selector> named = filter.selectors().stream()
                    .filter(selector -> selector.operator() == Operator.EQUAL)
                    .filter(selector -> selector.field().kind() == Field.Kind.NAME)
                    .findFirst();
            if (named.isEmpty()) {
                return null;
            }
            names.add(named.get().value());
        }
        return names.isEmpty() ? null : names;
    }

    /** Returns what a change means to the feeds, {@code MATCH_UNSPECIFIED} if nothing. */
    Match match(Change change, Cancellation cancellation) {
        Set<String> namespaces = key.namespaces();
        if (namespaces != null && !namespaces.contains(change.namespace())) {
            return Match.MATCH_UNSPECIFIED;
        }
        int slot = (int) (change.revision() + change.index()) & ANSWERS - 1;
        Answer known = answers.get(slot);
        if (known != null && known.revision() == change.revision() && known.index() == change.index()) {
            return known.match();
        }
        Match match = match(matches(change.before(), cancellation), matches(change.after(), cancellation));
        answers.set(slot, new Answer(change.revision(), change.index(), match));
        return match;
    }

    private static Match match(boolean before, boolean after) {
        if (before) {
            return after ? Match.STAYED : Match.LEFT;
        }
        return after ? Match.ENTERED : Match.MATCH_UNSPECIFIED;
    }

    private boolean matches(byte[] image, Cancellation cancellation) {
        return image.length > 0
                && key.filters().matches(new RecordFields(UnsafeByteOperations.unsafeWrap(image), cancellation));
    }
}
