package dev.imaged.server.store.record;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.imaged.filters.Filters;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.NavigableSet;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** Where the starts of keys lead a reader. */
class KeyStartTest {
    private static final long SEED = 20261127;
    private static final List<String> LETTERS = List.of("a", "b", "\0", "/", "é", "\uFFFF", "😀");

    private final KeyStarts dots = KeyStarts.of("ns", Filters.parse(List.of("name~=^reg.example/b")));

    private static byte[] key(String name) {
        return Keys.image("ns", name);
    }

    @Test
    void aKeyThatFitsLeadsToItself() {
        for (String name : List.of("reg.example/b", "reg.example/b/c", "reg!example/b", "reg😀example/b")) {
            byte[] key = key(name);
            assertSame(key, dots.next(key), name);
        }
    }

    @Test
    void aKeyThatDoesNotLeadsToTheNextThatMay() {
        assertArrayEquals(key("reg"), dots.next(key("")));
        assertArrayEquals(key("reg\0"), dots.next(key("reg")));
        assertArrayEquals(key("reg.example/b"), dots.next(key("reg.")));
        assertArrayEquals(key("reg.example/b"), dots.next(key("reg.example/a/very/long/one")));
        assertArrayEquals(key("reg/"), dots.next(key("reg.example/c")));
        assertNull(dots.next(key("reh")));
        assertNull(dots.next(Keys.image("nt", "a")));
    }

    @Test
    void aRangeMayFitWhenAKeyInItMay() {
        assertTrue(dots.mayFit(key("reg.example/a"), key("reg.example/c")));
        assertTrue(dots.mayFit(key("reg.example/c"), null));
        assertFalse(dots.mayFit(key("reg.example/c"), key("reg.example/d")));
        assertFalse(dots.mayFit(key("reh"), null));
    }

    @Test
    void itLeadsPastNothingThatFits() {
        Random random = new Random(SEED);
        for (int i = 0; i < 2000; i++) {
            NavigableSet<byte[]> keys = new TreeSet<>(Arrays::compareUnsigned);
            for (int n = random.nextInt(60); n > 0; n--) {
                keys.add(key(text(random, LETTERS)));
            }
            List<String> filters = new ArrayList<>();
            for (int n = 1 + random.nextInt(3); n > 0; n--) {
                filters.add("name~=\"^" + text(random, List.of("a", "b", "/", "é", ".", ".")) + "\"");
            }
            requireAllFound(keys, filters);
        }
    }

    private static void requireAllFound(NavigableSet<byte[]> keys, List<String> filters) {
        Filters parsed = Filters.parse(filters);
        KeyStarts starts = KeyStarts.of("ns", parsed);
        List<String> found = new ArrayList<>();
        byte[] wanted = starts.next(Keys.images("ns"));
        while (wanted != null) {
            byte[] key = keys.ceiling(wanted);
            wanted = key == null ? null : starts.next(key);
            if (key != null && wanted == key) {
                found.add(Keys.name(key));
                wanted = Arrays.copyOf(key, key.length + 1);
            }
        }
        List<String> expected = keys.stream()
                .map(Keys::name)
                .filter(name -> parsed.matches(field -> name))
                .toList();
        assertTrue(found.containsAll(expected), () -> "seed " + SEED + ": " + filters + ": " + found);
        if (starts.isNarrow()) {
            assertEquals(expected, found, () -> "seed " + SEED + ": " + filters);
        }
    }

    private static String text(Random random, List<String> letters) {
        StringBuilder text = new StringBuilder();
        for (int n = random.nextInt(6); n > 0; n--) {
            text.append(letters.get(random.nextInt(letters.size())));
        }
        return text.toString();
    }
}
