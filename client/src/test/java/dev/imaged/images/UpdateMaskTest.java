package dev.imaged.images;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class UpdateMaskTest {
    @Test
    void masksAreCombinedInOrder() {
        assertEquals(UpdateMask.of("target", "labels.a"), UpdateMask.target().and(UpdateMask.label("a")));
    }

    @Test
    void combinedWithTheMaskOfAllFieldsEverythingIsReplaced() {
        assertEquals(UpdateMask.all(), UpdateMask.target().and(UpdateMask.all()));
    }
}
