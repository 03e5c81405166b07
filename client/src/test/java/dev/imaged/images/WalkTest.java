package dev.imaged.images;

import static dev.imaged.images.TestGraph.node;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.imaged.errors.ImageException.Cancelled;
import dev.imaged.errors.ImageException.NotFound;
import dev.imaged.errors.ImageException.ResourceExhausted;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class WalkTest {
    private final TestGraph graph =
            new TestGraph().under("a", "a1", "a2").under("a1", "a1x", "a1y").under("a2", "a2x");
    private final List<String> visited = new ArrayList<>();

    /** Notes what it sees, and does something when that is {@code name}. */
    private Handler noting(String name, Runnable action) {
        return descriptor -> {
            visited.add(descriptor.digest());
            if (descriptor.digest().equals(name)) {
                action.run();
            }
            return List.of();
        };
    }

    private Handler noting() {
        return noting("", () -> {});
    }

    private static Runnable throwing(RuntimeException e) {
        return () -> {
            throw e;
        };
    }

    @Test
    void theDepthComesFirstAndSiblingsInOrder() throws IOException {
        Walk.walk(Handlers.sequence(noting(), graph), node("a"), node("b"));
        assertEquals(List.of("a", "a1", "a1x", "a1y", "a2", "a2x", "b"), visited);
    }

    @Test
    void aSkippedDescriptorTakesItsDescendantsWithIt() throws IOException {
        Walk.walk(Handlers.sequence(noting("a1", throwing(new SkipDescriptor())), graph), node("a"));
        assertEquals(List.of("a", "a1", "a2", "a2x"), visited);
    }

    @Test
    void aSkippedDescriptorIsSeenByNoFurtherHandler() throws IOException {
        List<String> second = new ArrayList<>();
        Handler behind = descriptor -> {
            second.add(descriptor.digest());
            return List.of();
        };
        Walk.walk(Handlers.sequence(noting("a1", throwing(new SkipDescriptor())), behind, graph), node("a"));
        assertEquals(List.of("a", "a2", "a2x"), second);
    }

    @Test
    void aStoppedDescriptorKeepsWhatTheHandlersBeforeReturned() throws IOException {
        Walk.walk(
                Handlers.sequence(graph, noting("a1", throwing(new StopHandler())), new TestGraph().under("a1", "no")),
                node("a"));
        assertEquals(List.of("a", "a1", "a1x", "a1y", "a2", "a2x"), visited);
    }

    @Test
    void theFirstErrorEndsTheWalkAndIsThrown() {
        RuntimeException error = new IllegalStateException();
        assertSame(
                error,
                assertThrows(
                        IllegalStateException.class,
                        () -> Walk.walk(Handlers.sequence(noting("a1x", throwing(error)), graph), node("a"))));
        assertEquals(List.of("a", "a1", "a1x"), visited);
    }

    @Test
    void anInterruptEndsTheWalkAndStays() {
        Handler handler = Handlers.sequence(noting("a1", Thread.currentThread()::interrupt), graph);
        assertThrows(Cancelled.class, () -> Walk.walk(handler, node("a")));
        assertTrue(Thread.interrupted());
        assertEquals(List.of("a", "a1"), visited);
    }

    @Test
    void contentThatIsSharedIsVisitedOnceWhereThatIsAskedFor() throws IOException {
        graph.under("b", "a1", "b1");
        Walk.walk(Handlers.sequence(Handlers.unseen(), noting(), graph), node("a"), node("b"));
        assertEquals(List.of("a", "a1", "a1x", "a1y", "a2", "a2x", "b", "b1"), visited);
    }

    @Test
    void aChainMayBeDeeperThanAnyStack() throws IOException {
        Handler chain = descriptor -> {
            int depth = Integer.parseInt(descriptor.digest());
            visited.add("");
            return depth == 0 ? List.of() : List.of(node(Integer.toString(depth - 1)));
        };
        Walk.walk(chain, 1_000_001, List.of(node("1000000")));
        assertEquals(1_000_001, visited.size());
    }

    @Test
    void aWalkThatMayNotBeEmptySaysWhenItIs() throws IOException {
        Walk.walkNotEmpty(graph, node("b"), node("a"));
        NotFound error = assertThrows(NotFound.class, () -> Walk.walkNotEmpty(graph, node("b"), node("c")));
        assertEquals("content under b, c: image might be filtered out: not found", error.getMessage());
    }

    @Test
    void indexesThatListEachOtherManyTimesEndTheWalk() {
        ResourceExhausted error =
                assertThrows(ResourceExhausted.class, () -> Walk.walk(TestGraph.nested(60), node("6")));
        assertEquals("1: too many descriptors (limit 10000): resource exhausted", error.getMessage());
        assertThrows(ResourceExhausted.class, () -> Walk.walkNotEmpty(TestGraph.nested(60), node("6")));
    }

    @Test
    void theReferencesOfAWalkMayBeAsManyAsTheCallerSays() throws IOException {
        Walk.walk(Handlers.sequence(noting(), graph), 6, List.of(node("a")));
        assertEquals(6, visited.size());
        assertThrows(ResourceExhausted.class, () -> Walk.walk(graph, 5, List.of(node("a"))));
        assertThrows(ResourceExhausted.class, () -> Walk.walk(graph, 1, List.of(node("x"), node("y"))));
        assertThrows(IllegalArgumentException.class, () -> Walk.walk(graph, 0, List.of()));
    }

    @Test
    void aReferenceCountsAsOftenAsItIsListed() throws IOException {
        graph.under("twice", "a", "a");
        Walk.walk(Handlers.sequence(Handlers.unseen(), graph), 8, List.of(node("twice")));
        assertThrows(
                ResourceExhausted.class,
                () -> Walk.walk(Handlers.sequence(Handlers.unseen(), graph), 7, List.of(node("twice"))));
    }
}
