package dev.imaged.server.admission;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

class TransportWorkTest {
    private static final int MAX_ANSWER = 16 << 20;
    private static final int LARGE = 1 << 20;

    private long nanos;
    private final TransportWork work = new TransportWork(() -> nanos, MAX_ANSWER);

    @Test
    void shortFiltersWithoutRegexpsAreParsed() {
        assertTrue(TransportWork.mayParse(List.of()));
        assertTrue(TransportWork.mayParse(List.of("name==a,labels.team!=web", "target.digest")));
    }

    @Test
    void regexpsAndLongFiltersAreLeftToOtherThreads() {
        assertFalse(TransportWork.mayParse(List.of("name~=a")));
        assertFalse(TransportWork.mayParse(List.of("name==a", "labels.\"x\"~=^a")));
        assertFalse(TransportWork.mayParse(List.of("name==" + "a".repeat(2000), "name==" + "a".repeat(2200))));
    }

    @Test
    void afterALargeAnswerThereAreOnlySmallOnesForAsLong() {
        assertEquals(MAX_ANSWER, work.limits().cachedBytes());
        long start = work.now();
        nanos += 400; // to make it
        work.send(LARGE, start, () -> nanos += 600);

        assertTrue(work.limits().cachedBytes() < LARGE);
        nanos += 999;
        assertTrue(work.limits().cachedBytes() < LARGE);
        nanos += 1;
        assertEquals(MAX_ANSWER, work.limits().cachedBytes());
    }

    @Test
    void smallAnswersTakeNothingFromLargeOnes() {
        work.send(1000, work.now(), () -> nanos += 1000);

        assertEquals(MAX_ANSWER, work.limits().cachedBytes());
    }
}
