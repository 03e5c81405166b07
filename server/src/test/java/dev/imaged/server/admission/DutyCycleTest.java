package dev.imaged.server.admission;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class DutyCycleTest {
    private long now = Long.MAX_VALUE - 2; // a clock may pass its greatest number
    private final DutyCycle time = new DutyCycle(() -> now);

    @Test
    void taskIsFollowedByAsLongAPause() {
        assertTrue(time.isLeft());
        time.run(time.now(), () -> now += 10);
        assertFalse(time.isLeft());
        now += 9;
        assertFalse(time.isLeft());
        now++;
        assertTrue(time.isLeft());
    }

    @Test
    void shortTaskBesideALongOneDoesNotEndItsPause() {
        time.run(time.now(), () -> {
            now += 10;
            time.run(time.now(), () -> now++);
        });
        now += 10;
        assertFalse(time.isLeft());
        now++;
        assertTrue(time.isLeft());
    }

    @Test
    void pauseOfALongTaskOutlastsAShortOneAfterIt() {
        time.run(time.now(), () -> now += 10);
        time.run(time.now(), () -> now++);
        now += 8;
        assertFalse(time.isLeft());
        now++;
        assertTrue(time.isLeft());
    }

    @Test
    void taskThatFailsCountsToo() {
        assertThrows(
                IllegalStateException.class,
                () -> time.run(time.now(), () -> {
                    now += 10;
                    throw new IllegalStateException("failed");
                }));
        assertFalse(time.isLeft());
    }
}
