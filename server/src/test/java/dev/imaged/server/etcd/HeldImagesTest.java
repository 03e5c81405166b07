package dev.imaged.server.etcd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class HeldImagesTest {
    private static final ByteBuffer IMAGE = ByteBuffer.wrap(new byte[] {1});
    private static final Set<ByteBuffer> IMAGES = Set.of(IMAGE);

    private final List<String> turns = new ArrayList<>();
    private final HeldImages<String> held = new HeldImages<>((image, waiting) -> turns.add(waiting));

    @Test
    void whatWaitsForAnImageHasItsTurnOneAfterTheOther() {
        held.hold(IMAGES);
        for (String waiting : List.of("a", "b", "c")) {
            assertTrue(held.await(IMAGE, waiting));
        }

        held.release(IMAGES);
        assertEquals(List.of("a"), turns);
        assertTrue(held.await(IMAGE, "d"), "nobody comes before those that wait already");

        held.use(IMAGE, () -> held.hold(IMAGES));
        assertEquals(List.of("a"), turns);
        held.release(IMAGES);
        assertEquals(List.of("a", "b"), turns);

        held.use(IMAGE, () -> {}); // it changes nothing
        assertEquals(List.of("a", "b", "c"), turns);
        held.use(IMAGE, () -> {});
        held.use(IMAGE, () -> {});
        assertEquals(List.of("a", "b", "c", "d"), turns);
        assertNull(held.firstOf(IMAGES));
    }
}
