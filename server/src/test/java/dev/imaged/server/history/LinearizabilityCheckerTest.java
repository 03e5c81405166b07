package dev.imaged.server.history;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The checker accepts what a register may do and refuses what it may not. */
class LinearizabilityCheckerTest {
    private final LinearizabilityChecker<Integer> checker = new LinearizabilityChecker<>(0);

    private static Call<Integer> write(long begin, long end, int value) {
        return new Call<>(begin, end, false, state -> Optional.of(value), "write " + value);
    }

    private static Call<Integer> perhaps(long begin, long end, int value) {
        return new Call<>(begin, end, true, state -> Optional.of(value), "write " + value);
    }

    private static Call<Integer> read(long begin, long end, int value) {
        return new Call<>(
                begin, end, false, state -> state == value ? Optional.of(state) : Optional.empty(), "read " + value);
    }

    private void requireRefused(String call, List<Call<Integer>> calls) {
        String message =
                assertThrows(AssertionError.class, () -> checker.check(calls)).getMessage();
        assertTrue(message.startsWith("not linearizable: " + call), message);
    }

    @Test
    void aReadDuringAWriteMaySeeEither() {
        checker.check(List.of(write(1, 9, 1), read(2, 3, 0), read(4, 5, 1), read(6, 7, 1)));
    }

    @Test
    void aReadThatGoesBackIsRefused() {
        requireRefused("read 0", List.of(write(1, 9, 1), read(2, 3, 1), read(4, 5, 0)));
    }

    @Test
    void aReadOfWhatWasOverwrittenIsRefused() {
        requireRefused("read 0", List.of(write(1, 2, 1), read(3, 4, 0)));
    }

    @Test
    void aReadOfWhatNobodyWroteIsRefused() {
        requireRefused("read 7", List.of(write(1, 9, 1), read(2, 3, 7)));
    }

    @Test
    void twoReadersThatSeeWritesInAnotherOrderAreRefused() {
        requireRefused(
                "read 1", List.of(write(1, 20, 1), write(1, 20, 2), read(2, 3, 1), read(4, 5, 2), read(6, 7, 1)));
    }

    @Test
    void aLostUpdateIsRefused() {
        Call.Effect<Integer> toOne = state -> state == 0 ? Optional.of(1) : Optional.empty();
        requireRefused(
                "second", List.of(new Call<>(1, 5, false, toOne, "first"), new Call<>(2, 6, false, toOne, "second")));
    }

    @Test
    void whatPerhapsTookEffectDidOrDidNot() {
        checker.check(List.of(perhaps(1, 3, 1)));
        assertEquals(List.of(0, 1), checker.states().stream().sorted().toList());
        checker.check(List.of(read(4, 5, 1)));
        assertEquals(List.of(1), checker.states());
    }

    @Test
    void whatPerhapsTookEffectDoesNotTakeItBack() {
        requireRefused("read 0", List.of(perhaps(1, 9, 1), read(2, 3, 1), read(4, 5, 0)));
    }

    @Test
    void whatPerhapsTookEffectTakesItBeforeItsEnd() {
        requireRefused("read 1", List.of(perhaps(1, 3, 1), read(4, 5, 0), read(6, 7, 1)));
    }

    @Test
    void aHistoryThatWasMadeOfAnOrderIsAcceptedAndRefusedOnceAReadIsWrong() {
        for (long seed = 0; seed < 200; seed++) {
            Random random = new Random(seed);
            List<Call<Integer>> calls = new ArrayList<>();
            int state = 0;
            for (int moment = 10; moment < 300; moment += 10) {
                int begin = moment - random.nextInt(40);
                int end = moment + random.nextInt(40);
                if (random.nextBoolean()) {
                    state = moment;
                    calls.add(write(begin, end, state));
                } else {
                    calls.add(read(begin, end, state));
                }
            }
            Collections.shuffle(calls, random);
            new LinearizabilityChecker<>(0).check(calls);
            calls.add(read(300, 400, -1));
            List<Call<Integer>> wrong = calls;
            assertThrows(
                    AssertionError.class,
                    () -> new LinearizabilityChecker<>(0).check(wrong),
                    () -> "of calls " + wrong);
            assertEquals(calls.size(), new HashSet<>(calls).size());
        }
    }
}
