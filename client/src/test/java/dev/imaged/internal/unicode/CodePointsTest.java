package dev.imaged.internal.unicode;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.BitSet;
import java.util.Random;
import org.junit.jupiter.api.Test;

class CodePointsTest {
    private static final int END = Character.MAX_CODE_POINT + 1;

    @Test
    void setHoldsWhatWasAddedInAnyOrderAndItsNegationTheRest() {
        Random random = new Random(7);
        for (int round = 0; round < 50; round++) {
            BitSet expected = new BitSet(END);
            CodePointsBuilder builder = new CodePointsBuilder();
            for (int i = random.nextInt(8); i > 0; i--) {
                int first = random.nextInt(random.nextBoolean() ? 200 : END);
                int last = Math.min(first + random.nextInt(random.nextBoolean() ? 3 : END), END - 1);
                builder.add(first, last);
                expected.set(first, last + 1);
            }
            CodePoints points = builder.build();
            CodePoints negated = points.negated();
            for (int point = 0; point < END; point++) {
                assertEquals(expected.get(point), points.contains(point));
                assertEquals(!expected.get(point), negated.contains(point));
            }
            assertEquals(points, negated.negated());
        }
    }

    @Test
    void negationsOfAllAndOfNothingAreEachOther() {
        CodePoints all = new CodePointsBuilder().add(0, END - 1).build();
        assertEquals(CodePoints.of(), all.negated());
        assertEquals(all, CodePoints.of().negated());
    }

    @Test
    void rangesThatTouchAreOne() {
        CodePoints points = new CodePointsBuilder()
                .add('c', 'd')
                .add('a', 'b')
                .add('b', 'c')
                .build();
        assertEquals("[61-64]", points.toString());
        assertEquals(1, points.ranges());
    }
}
