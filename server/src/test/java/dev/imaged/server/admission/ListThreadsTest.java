package dev.imaged.server.admission;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.imaged.errors.ImageException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Threads that lists hang in are replaced, up to a bound, and leave when they come back. */
@Timeout(60)
class ListThreadsTest {
    private static final Duration MAX_TIME = Duration.ofSeconds(30);

    private final AtomicLong nanos = new AtomicLong();
    private final BlockingQueue<String> changes = new LinkedBlockingQueue<>();
    private final CountDownLatch release = new CountDownLatch(1);
    private final ListThreads threads = new ListThreads(
            1, 1, MAX_TIME, (hanging, left) -> changes.add(hanging + " hang, " + left + " left"), nanos::get);

    /** A list that runs until it is released. */
    private final class Hanging implements ListExecutor.ListTask {
        final CountDownLatch started = new CountDownLatch(1);
        final CompletableFuture<ImageException> failed = new CompletableFuture<>();

        @Override
        public void run() {
            started.countDown();
            while (release.getCount() > 0) {
                Thread.onSpinWait(); // as a loop that hears of no interrupt
            }
        }

        @Override
        public void fail(ImageException error) {
            failed.complete(error);
        }

        @Override
        public String filters() {
            return "filters";
        }
    }

    @AfterEach
    void close() {
        release.countDown();
        threads.close();
    }

    @Test
    void threadThatHangsIsReplacedAndLeavesWhenItComesBack() throws Exception {
        Hanging first = hang();
        Hanging second = new Hanging();
        threads.execute(second);
        pass();
        threads.replaceHanging();
        assertEquals("1 hang, 1 left", changes.take());
        assertEquals(ImageException.ResourceExhausted.class, first.failed.get().getClass());
        second.started.await();
        release.countDown();
        assertEquals("0 hang, 1 left", changes.take());
        Hanging third = new Hanging();
        threads.execute(third);
        third.started.await();
    }

    @Test
    void listThatIsWithdrawnTakesNoPlace() throws Exception {
        hang();
        Hanging waiting = new Hanging();
        threads.execute(waiting);
        assertThrows(ImageException.ResourceExhausted.class, () -> threads.execute(new Hanging()));

        threads.withdraw(waiting);
        Hanging other = new Hanging();
        threads.execute(other);

        threads.withdraw(new Hanging());
        assertThrows(ImageException.ResourceExhausted.class, () -> threads.execute(new Hanging()));
        release.countDown();
        other.started.await();
        assertEquals(1, waiting.started.getCount());
    }

    @Test
    void listThatOnlyTakesItsTimeIsLeftAlone() throws Exception {
        Hanging list = hang();
        nanos.addAndGet(MAX_TIME.toNanos());
        threads.replaceHanging();
        assertEquals(0, changes.size());
        assertEquals(false, list.failed.isDone());
    }

    @Test
    void noMoreThanTheBoundAreReplacedAndThenListsAreRefusedUntilOneComesBack() throws Exception {
        List<Hanging> all = new ArrayList<>();
        for (int i = 0; i < ListThreads.MAX_REPLACED; i++) {
            all.add(hang());
            pass();
            threads.replaceHanging();
            assertEquals((i + 1) + " hang, 1 left", changes.take());
        }
        all.add(hang());
        Hanging waiting = new Hanging();
        threads.execute(waiting);
        pass();
        threads.replaceHanging();
        assertEquals((ListThreads.MAX_REPLACED + 1) + " hang, 0 left", changes.take());
        assertEquals(ImageException.Unavailable.class, waiting.failed.get().getClass());
        assertThrows(ImageException.Unavailable.class, () -> threads.execute(new Hanging()));
        for (Hanging list : all) {
            assertEquals(
                    ImageException.ResourceExhausted.class, list.failed.get().getClass());
        }
        release.countDown();
        for (int hanging = ListThreads.MAX_REPLACED; hanging >= 0; hanging--) {
            assertEquals(hanging + " hang, 1 left", changes.take());
        }
        hang();
    }

    @Test
    void listsBeyondThoseThatMayWaitAreRefused() throws Exception {
        hang();
        threads.execute(new Hanging());
        assertThrows(ImageException.ResourceExhausted.class, () -> threads.execute(new Hanging()));
    }

    @Test
    void whatWasBegunIsNotRefusedWhenTooManyWait() throws Exception {
        hang();
        threads.execute(new Hanging());
        Hanging begun = new Hanging();
        threads.resume(begun);
        assertThrows(ImageException.ResourceExhausted.class, () -> threads.execute(new Hanging()));
        release.countDown();
        begun.started.await();
    }

    @Test
    void whatIsRefusedBecauseTheDaemonStopsDoesNotWait() throws Exception {
        for (int i = 0; i < ListThreads.MAX_REPLACED; i++) {
            hang();
            pass();
            threads.replaceHanging();
        }
        hang();
        pass();
        threads.close();
        Hanging refused = new Hanging();
        assertThrows(ImageException.ResourceExhausted.class, () -> threads.execute(refused));

        threads.replaceHanging(); // no thread is left: what waits is answered
        assertFalse(refused.failed.isDone());
    }

    @Test
    void ownersTakeTurns() throws Exception {
        hang();
        List<String> runs = new CopyOnWriteArrayList<>();
        CountDownLatch ended = new CountDownLatch(4);
        for (String owner : List.of("many", "many", "many", "one")) {
            threads.resume(new Recorded(owner, runs, ended));
        }
        release.countDown();
        ended.await();
        assertEquals(List.of("many", "one", "many", "many"), runs);
    }

    private record Recorded(String owner, List<String> runs, CountDownLatch ended) implements ListExecutor.ListTask {
        @Override
        public void run() {
            runs.add(owner);
            ended.countDown();
        }

        @Override
        public void fail(ImageException error) {
            throw new AssertionError(error);
        }

        @Override
        public String filters() {
            return "";
        }
    }

    private Hanging hang() throws InterruptedException {
        Hanging list = new Hanging();
        threads.execute(list);
        list.started.await();
        return list;
    }

    private void pass() {
        nanos.addAndGet(MAX_TIME.plusSeconds(11).toNanos());
    }
}
