package dev.imaged.server.store.record;

import dev.imaged.filters.Field;
import dev.imaged.filters.Filter;
import dev.imaged.filters.Filters;
import dev.imaged.filters.Operator;
import dev.imaged.server.store.kv.KeySteps;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The starts of the keys of all images that the filters of a list may match. Immutable and thread-safe.
 *
 * @param starts at least one
 * @param isNarrow whether the starts are longer than the namespace
 */
public record KeyStarts(List<KeyStart> starts, boolean isNarrow) implements KeySteps {
    /** The most starts: with more alternatives, all keys are read, because each would be compared with every start. */
    public static final int MAX = 16;

    public static KeyStarts all(String namespace) {
        return new KeyStarts(List.of(KeyStart.of(Keys.images(namespace), List.of())), false);
    }

    public static KeyStarts of(String namespace, Filters filters) {
        List<KeyStart> starts = new ArrayList<>();
        for (Filter filter : filters.alternatives()) {
            Optional<KeyStart> start = start(namespace, filter);
            if (start.isEmpty() || starts.size() == MAX) {
                return all(namespace);
            }
            starts.add(start.get());
        }
        return starts.isEmpty() ? all(namespace) : new KeyStarts(starts, true);
    }

    private static Optional<KeyStart> start(String namespace, Filter filter) {
        return filter.selectors().stream()
                .filter(selector -> selector.field().kind() == Field.Kind.NAME)
                .map(selector ->
                        selector.operator() == Operator.EQUAL ? List.of(selector.value()) : selector.anchoredStart())
                .filter(texts -> texts.stream().anyMatch(text -> !text.isEmpty()))
                .findFirst()
                .map(texts -> KeyStart.of(Keys.images(namespace), texts));
    }

    /** Returns the key itself if one of the starts fits, else the least key that one {@linkplain KeyStart#next leads to}. */
    @Override
    public byte @Nullable [] next(byte[] key) {
        byte[] least = null;
        for (KeyStart start : starts) {
            byte[] next = start.next(key);
            if (next == key) {
                return key;
            }
            if (least == null || (next != null && Arrays.compareUnsigned(next, least) < 0)) {
                least = next;
            }
        }
        return least;
    }

    /** Whether a key may fit that is at least {@code from} and less than {@code until}, if that is given. */
    public boolean mayFit(byte[] from, byte @Nullable [] until) {
        byte[] next = next(from);
        return next != null && (until == null || Arrays.compareUnsigned(next, until) < 0);
    }
}
