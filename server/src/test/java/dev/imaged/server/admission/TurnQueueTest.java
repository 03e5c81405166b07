package dev.imaged.server.admission;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Whose turn it is. */
class TurnQueueTest {
    private final TurnQueue<String> queue = new TurnQueue<>();

    private List<String> pollAll() {
        List<String> all = new ArrayList<>();
        for (String task = queue.poll(); task != null; task = queue.poll()) {
            all.add(task);
        }
        return all;
    }

    @Test
    void anOwnerWithManyTasksDelaysOthersByOne() {
        for (int i = 0; i < 1000; i++) {
            queue.add("many", "many" + i);
        }
        queue.add("one", "one");

        assertEquals(List.of("many0", "one", "many1", "many2"), pollAll().subList(0, 4));
    }

    @Test
    void ownersTakeTurnsAndTheirTasksStayInOrder() {
        queue.add("a", "a1");
        queue.add("a", "a2");
        queue.add("b", "b1");
        assertEquals("a1", queue.poll());
        queue.add("c", "c1");
        queue.add("a", "a3");

        assertEquals(List.of("b1", "a2", "c1", "a3"), pollAll());
        assertNull(queue.poll());
    }

    @Test
    void drainedTasksAreGone() {
        queue.add("a", "a1");
        queue.add("b", "b1");

        assertEquals(List.of("a1", "b1"), queue.drain());
        assertNull(queue.poll());
    }

    @Test
    void aTaskThatIsRemovedHasNoTurn() {
        queue.add("a", "1");
        queue.add("a", "2");
        queue.add("b", "3");
        queue.remove("a", "1");
        queue.remove("b", "3");
        queue.remove("b", "3");

        assertEquals("2", queue.poll());
        assertNull(queue.poll());
    }
}
