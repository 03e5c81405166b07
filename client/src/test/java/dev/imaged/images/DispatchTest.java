package dev.imaged.images;

import static dev.imaged.images.TestGraph.node;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.imaged.errors.ImageException.Cancelled;
import dev.imaged.errors.ImageException.ResourceExhausted;
import dev.imaged.oci.Descriptor;
import java.io.IOException;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.FutureTask;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A test that would wait for ever fails by the timeout. */
@Timeout(60)
class DispatchTest {
    private final Set<Thread> threads = ConcurrentHashMap.newKeySet();
    private final Set<String> visited = ConcurrentHashMap.newKeySet();
    private final TestGraph graph =
            new TestGraph().under("a", "a1", "a2", "a3").under("a1", "a1x").under("a2", "a2x");

    @AfterEach
    void noThreadIsLeft() throws InterruptedException {
        for (Thread thread : threads) {
            thread.join(); // its last instructions may be those after the call
        }
    }

    private Handler noting(Handler handler) {
        return descriptor -> {
            threads.add(Thread.currentThread());
            visited.add(descriptor.digest());
            return handler.handle(descriptor);
        };
    }

    private static List<Descriptor> nodes(int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> node(Integer.toString(i)))
                .toList();
    }

    private static void await(CyclicBarrier barrier) {
        try {
            barrier.await();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void everythingIsVisited() throws IOException {
        Dispatch.dispatch(noting(graph), node("a"), node("b"));
        assertEquals(Set.of("a", "a1", "a1x", "a2", "a2x", "a3", "b"), visited);
    }

    @Test
    void nothingIsVisitedWhenThereIsNothing() throws IOException {
        Dispatch.dispatch(noting(graph));
        assertEquals(Set.of(), visited);
    }

    @Test
    void siblingsAreHandledAtTheSameTime() throws IOException {
        CyclicBarrier all = new CyclicBarrier(3);
        Dispatch.dispatch(
                noting(descriptor -> {
                    if (descriptor.digest().matches("a[123]")) {
                        await(all); // passes only when three handlers are in flight
                    }
                    return graph.handle(descriptor);
                }),
                node("a"));
        assertEquals(Set.of("a", "a1", "a1x", "a2", "a2x", "a3"), visited);
    }

    @Test
    void noMoreHandlersAreInFlightThanTheLimit() throws IOException {
        AtomicInteger inFlight = new AtomicInteger();
        Set<Integer> counts = Collections.synchronizedSet(new HashSet<>());
        CyclicBarrier three = new CyclicBarrier(3);
        Dispatch.dispatch(
                noting(descriptor -> {
                    counts.add(inFlight.incrementAndGet());
                    await(three);
                    inFlight.decrementAndGet();
                    await(three);
                    return List.of();
                }),
                DispatchOptions.DEFAULT.withLimit(3),
                nodes(30));
        assertEquals(Set.of(1, 2, 3), counts);
        assertTrue(threads.size() <= 3, threads::toString);
        assertThrows(IllegalArgumentException.class, () -> DispatchOptions.DEFAULT.withLimit(0));
    }

    @Test
    void aSkippedDescriptorTakesItsDescendantsWithIt() throws IOException {
        Dispatch.dispatch(
                noting(descriptor -> {
                    if (descriptor.digest().equals("a1")) {
                        throw new SkipDescriptor();
                    }
                    return graph.handle(descriptor);
                }),
                node("a"));
        assertEquals(Set.of("a", "a1", "a2", "a2x", "a3"), visited);
    }

    @Test
    void theFirstErrorInterruptsTheOthersAndIsThrown() {
        CountDownLatch othersWait = new CountDownLatch(2);
        AtomicInteger interrupted = new AtomicInteger();
        IOException error = new IOException("first");
        Handler handler = noting(descriptor -> {
            if (descriptor.digest().equals("2")) {
                awaitQuietly(othersWait);
                throw error;
            }
            othersWait.countDown();
            try {
                new CountDownLatch(1).await();
            } catch (InterruptedException e) {
                interrupted.incrementAndGet();
                throw new IOException("second", e);
            }
            return List.of();
        });
        assertSame(
                error,
                assertThrows(
                        IOException.class,
                        () -> Dispatch.dispatch(handler, DispatchOptions.DEFAULT.withLimit(3), nodes(100))));
        assertEquals(2, interrupted.get());
        assertEquals(Set.of("0", "1", "2"), visited);
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void anErrorOfTheJvmIsThrownAsWell() {
        Handler handler = noting(descriptor -> {
            throw new StackOverflowError();
        });
        assertThrows(StackOverflowError.class, () -> Dispatch.dispatch(handler, node("a")));
    }

    @Test
    void anInterruptOfTheCallerEndsAllAndStays() throws Exception {
        CountDownLatch inFlight = new CountDownLatch(2);
        Handler handler = noting(descriptor -> {
            inFlight.countDown();
            try {
                new CountDownLatch(1).await();
            } catch (InterruptedException e) {
                throw new IOException(e);
            }
            return List.of();
        });
        AtomicReference<Boolean> flag = new AtomicReference<>();
        FutureTask<Cancelled> call = new FutureTask<>(() -> {
            Cancelled error = assertThrows(
                    Cancelled.class, () -> Dispatch.dispatch(handler, DispatchOptions.DEFAULT.withLimit(2), nodes(10)));
            flag.set(Thread.interrupted());
            return error;
        });
        Thread caller = new Thread(call);
        caller.start();
        inFlight.await();
        caller.interrupt();
        assertEquals(
                "the dispatch was interrupted", call.get(30, TimeUnit.SECONDS).getMessage());
        assertEquals(true, flag.get());
        assertEquals(2, visited.size());
        caller.join();
    }

    @Test
    void aHundredThousandDescriptorsTakeAFewThreads() throws IOException {
        AtomicInteger count = new AtomicInteger();
        Dispatch.dispatch(
                noting(descriptor -> {
                    count.incrementAndGet();
                    return descriptor.digest().equals("root") ? nodes(100_000) : List.of();
                }),
                DispatchOptions.DEFAULT.withMaxReferences(100_001),
                List.of(node("root")));
        assertEquals(100_001, count.get());
        assertTrue(threads.size() <= DispatchOptions.DEFAULT_LIMIT, threads::toString);
    }

    @Test
    void aChainMayBeDeeperThanAnyStack() throws IOException {
        Handler chain = noting(descriptor -> {
            int depth = Integer.parseInt(descriptor.digest());
            return depth == 0 ? List.of() : List.of(node(Integer.toString(depth - 1)));
        });
        Dispatch.dispatch(chain, DispatchOptions.DEFAULT.withMaxReferences(100_001), List.of(node("100000")));
        assertEquals(100_001, visited.size());
        assertTrue(threads.size() <= DispatchOptions.DEFAULT_LIMIT, threads::toString);
    }

    @Test
    void indexesThatListEachOtherManyTimesEndTheDispatch() {
        Handler nested = noting(TestGraph.nested(60));
        ResourceExhausted error = assertThrows(ResourceExhausted.class, () -> Dispatch.dispatch(nested, node("6")));
        assertTrue(error.getMessage().contains(": too many descriptors (limit 10000)"), error::getMessage);
    }

    @Test
    void theReferencesOfADispatchMayBeAsManyAsTheOptionsSay() throws IOException {
        DispatchOptions eleven = DispatchOptions.DEFAULT.withMaxReferences(11);
        AtomicInteger count = new AtomicInteger();
        Handler ten = noting(descriptor -> {
            count.incrementAndGet();
            return descriptor.digest().equals("root") ? nodes(10) : List.of();
        });
        Dispatch.dispatch(ten, eleven, List.of(node("root")));
        assertEquals(11, count.get());
        assertThrows(
                ResourceExhausted.class,
                () -> Dispatch.dispatch(ten, eleven.withMaxReferences(10), List.of(node("root"))));
        assertThrows(ResourceExhausted.class, () -> Dispatch.dispatch(ten, eleven, nodes(12)));
        assertThrows(IllegalArgumentException.class, () -> eleven.withMaxReferences(0));
    }

    @Test
    void severalDispatchesShareALimiter() throws Exception {
        Semaphore limiter = new Semaphore(3);
        AtomicInteger inFlight = new AtomicInteger();
        Set<Integer> counts = Collections.synchronizedSet(new HashSet<>());
        CyclicBarrier three = new CyclicBarrier(3);
        Handler handler = noting(descriptor -> {
            counts.add(inFlight.incrementAndGet());
            await(three); // passes only when three handlers of both dispatches are in flight
            inFlight.decrementAndGet();
            await(three);
            return List.of();
        });
        DispatchOptions options = DispatchOptions.DEFAULT.withLimiter(limiter);
        FutureTask<Boolean> other = new FutureTask<>(() -> {
            Dispatch.dispatch(handler, options, nodes(15));
            return true;
        });
        Thread thread = new Thread(other);
        thread.start();
        Dispatch.dispatch(handler, options, nodes(15));
        assertEquals(true, other.get());
        thread.join();
        assertEquals(Set.of(1, 2, 3), counts);
        assertEquals(3, limiter.availablePermits());
    }

    @Test
    void anErrorEndsHandlersThatWaitForTheLimiter() {
        Semaphore limiter = new Semaphore(1);
        IOException error = new IOException("first");
        Handler handler = noting(descriptor -> {
            throw error;
        });
        DispatchOptions options = DispatchOptions.DEFAULT.withLimiter(limiter);
        assertSame(error, assertThrows(IOException.class, () -> Dispatch.dispatch(handler, options, nodes(100))));
        assertEquals(1, limiter.availablePermits());
    }
}
