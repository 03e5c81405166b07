package dev.imaged.server.store.cache;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.imaged.server.store.record.EncodedRecord;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** An image that may have changed since it was read is never answered. */
class RecordCacheTest {
    private static final EncodedRecord OLD = record(3);
    private static final EncodedRecord NEW = record(4);

    private final Object database = new Object();
    private final ChangeMarks marks = new ChangeMarks();
    private final RecordCache cache = new RecordCache(1 << 20, marks);

    private static EncodedRecord record(int bytes) {
        return new EncodedRecord(1, 1, new byte[bytes], 0);
    }

    private EncodedRecord get(String name) {
        return cache.get(database, Long.MAX_VALUE, "ns", name);
    }

    @Test
    void whatWasReadIsFound() {
        assertNull(get("a"));
        cache.put(database, 5, "ns", "a", OLD);

        assertEquals(OLD, get("a"));
        assertNull(get("b"));
        assertNull(cache.get(database, 9, "other", "a"));
    }

    @Test
    void aChangeHidesWhatWasReadBeforeItAndWhatLateReadersBring() {
        cache.put(database, 5, "ns", "a", OLD);
        marks.changing("ns", "a", 6);
        assertNull(get("a"));

        cache.put(database, 5, "ns", "a", OLD);
        assertNull(get("a"));

        cache.put(database, 6, "ns", "a", NEW);
        assertEquals(NEW, get("a"));
    }

    @Test
    void aSnapshotHasNothingThatChangedAfterIt() {
        marks.changing("ns", "a", 6);
        cache.put(database, 8, "ns", "a", NEW);

        assertNull(cache.get(database, 5, "ns", "a"));
        assertEquals(NEW, cache.get(database, 6, "ns", "a"));
        assertEquals(NEW, cache.get(database, 9, "ns", "a"));

        marks.changing("ns", "a", 9);
        assertNull(cache.get(database, 8, "ns", "a"));
    }

    @Test
    void aDatabaseThatWasOpenedAgainIsAnother() {
        cache.put(database, 5, "ns", "a", OLD);

        assertNull(cache.get(new Object(), 9, "ns", "a"));
    }

    @Test
    void noMoreIsKeptThanTheBound() {
        for (int i = 0; i < 5000; i++) {
            cache.put(database, 1, "ns", "name" + i, record(1024));
        }
        long kept =
                IntStream.range(0, 5000).filter(i -> get("name" + i) != null).count();

        assertTrue(kept > 100 && kept < 1024, "kept " + kept);
    }

    @Test
    void lessIsKeptOnceTheBoundIsLower() {
        for (int i = 0; i < 500; i++) {
            cache.put(database, 1, "ns", "name" + i, record(1024));
        }
        cache.resize(100 * 1024);
        long kept = IntStream.range(0, 500).filter(i -> get("name" + i) != null).count();

        assertTrue(kept > 10 && kept < 100, "kept " + kept);
    }

    @Test
    void namesOfOneHashAreToldApart() {
        cache.put(database, 1, "ns", "Aa", OLD);
        cache.put(database, 1, "ns", "BB", NEW);

        assertEquals("Aa".hashCode(), "BB".hashCode());
        assertEquals(OLD, get("Aa"));
        assertEquals(NEW, get("BB"));
    }
}
