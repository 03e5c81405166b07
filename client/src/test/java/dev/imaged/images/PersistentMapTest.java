package dev.imaged.images;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class PersistentMapTest {
    @Test
    void aMapIsASortedMapAndEachVersionStaysAsItWas() {
        Random random = new Random(7);
        PersistentMap<Integer, Integer> map = PersistentMap.empty(Comparator.naturalOrder());
        TreeMap<Integer, Integer> model = new TreeMap<>();
        List<PersistentMap<Integer, Integer>> versions = new ArrayList<>();
        List<List<Integer>> values = new ArrayList<>();
        for (int i = 0; i < 5000; i++) {
            int key = random.nextInt(400);
            boolean shrinks = i / 1000 % 2 == 1; // most of the keys come and go again
            if (random.nextInt(4) == 0 != shrinks) {
                map = map.without(key);
                model.remove(key);
            } else {
                map = map.with(key, i);
                model.put(key, i);
            }
            assertEquals(model.get(key), map.get(key));
            assertEquals(model.size(), map.size());
            assertTrue(map.isBalanced(), () -> "an unbalanced tree");
            if (i % 50 == 0) {
                versions.add(map);
                values.add(List.copyOf(model.values()));
            }
        }
        for (int i = 0; i < versions.size(); i++) {
            assertEquals(values.get(i), versions.get(i).values());
        }
    }

    @Test
    void keysInOrderMakeATreeOfLogarithmicHeight() {
        PersistentMap<Integer, Integer> map = PersistentMap.empty(Comparator.naturalOrder());
        for (int i = 0; i < 10_000; i++) {
            map = map.with(i, i);
        }
        assertTrue(map.isBalanced());
        assertEquals(10_000, map.values().size());
    }
}
