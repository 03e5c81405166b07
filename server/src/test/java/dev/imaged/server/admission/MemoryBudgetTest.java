package dev.imaged.server.admission;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.imaged.server.admission.MemoryBudget.Share;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How connections share a budget: whatever some take, there is room for the next. */
class MemoryBudgetTest {
    private static final int KIB = 1024;
    private static final int MAX = 1024 * KIB;

    private final AtomicLong nanos = new AtomicLong();
    private final MemoryBudget budget = new MemoryBudget(MAX, nanos::get);

    /** Each relief that was asked for. */
    private final List<Relieved> relieved = new ArrayList<>();

    private record Relieved(Share share, long bytes, Duration patience) {}

    private Share open(boolean local) {
        return budget.open(local, (share, bytes, patience) -> relieved.add(new Relieved(share, bytes, patience)));
    }

    private List<Share> open(int shares, boolean local) {
        return Stream.generate(() -> open(local)).limit(shares).toList();
    }

    /** Takes what a share may have, a KiB at a time for small calls, and returns what it holds. */
    private long takeAll(Share share) {
        nanos.addAndGet(Duration.ofMillis(20).toNanos());
        while (share.take(0, KIB)) {
            Thread.onSpinWait();
        }
        return share.held();
    }

    /** As connections do that have nothing but calls that wait for their peers. */
    private void relieveAll() {
        for (Relieved each : List.copyOf(relieved)) {
            each.share().give(Math.max(0, each.share().held() - each.bytes()));
        }
        relieved.clear();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void quarterIsLeftToConnectionsOfTheOtherKind(boolean local) {
        open(500, local).forEach(this::takeAll);
        assertTrue(budget.taken() <= MAX / 4 * 3, budget.taken() + " bytes are taken");
        assertTrue(takeAll(open(!local)) > MAX / 5);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void connectionAloneMayTakeMostOfThreeQuarters(boolean local) {
        assertTrue(takeAll(open(local)) > MAX / 5 * 3);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 4, 10})
    void newConnectionFindsRoomForItsFirstCallsWhoeverHoldsWhat(int hogs) {
        open(hogs, false).forEach(this::takeAll);
        Share other = open(false);
        assertTrue(other.take(0, 4 * KIB));
        assertTrue(other.take(0, 4 * KIB));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 4, 10})
    void connectionMayHoldItsShareOnceTheOthersWereRelieved(int hogs) {
        List<Share> all = open(hogs, false);
        all.forEach(this::takeAll);
        Share other = open(false);
        takeAll(other);
        takeAll(other); // the holders were counted since
        assertTrue(relieved.stream().allMatch(each -> all.contains(each.share())), relieved.toString());
        relieveAll();
        all.forEach(this::takeAll);
        assertTrue(takeAll(other) >= MAX / 2 / (hogs + 1), other.held() + " bytes are held");
    }

    @Test
    void connectionsHoldAboutTheSameWhenAllTakeWhatTheyMay() {
        List<Share> hogs = open(10, true);
        for (boolean more = true; more; nanos.addAndGet(Duration.ofMillis(20).toNanos())) {
            more = false;
            for (Share hog : hogs) {
                more |= hog.take(0, KIB);
            }
        }
        long least = hogs.stream().mapToLong(Share::held).min().orElseThrow();
        long most = hogs.stream().mapToLong(Share::held).max().orElseThrow();
        assertTrue(most - least <= KIB, "from " + least + " to " + most);
        assertTrue(least > MAX / 10 / 8 * 5, "memory is used: " + least);
    }

    @Test
    void largeCallsLeaveRoomForSmallOnesOfTheirConnection() {
        Share share = open(true);
        assertTrue(share.take(0, MAX / 16 * 9));
        assertFalse(share.take(16 * KIB, KIB));
        assertTrue(share.take(0, 16 * KIB));
    }

    @Test
    void whatIsRefusedIsNotTaken() {
        Share share = open(false);
        assertFalse(share.take(0, MAX));
        assertEquals(0, share.held());
        assertEquals(0, budget.taken());
        assertTrue(share.take(0, MAX / 2));
        share.give(MAX / 2);
        assertEquals(0, budget.taken());
    }

    @Test
    void refusalRelievesThoseThatHoldMoreThanTheirPartOfHalf() {
        Share modest = open(true);
        modest.take(0, 10 * KIB);
        Share greedy = open(true);
        takeAll(greedy);
        relieved.clear();
        nanos.addAndGet(Duration.ofMillis(20).toNanos());
        assertFalse(greedy.take(0, KIB));
        assertEquals(List.of(new Relieved(greedy, MAX / 16 * 3, Duration.ofSeconds(30))), relieved);
    }

    @Test
    void patienceEndsWhenAConnectionIsRefusedThatHoldsLessThanItsShare() {
        Share greedy = open(true);
        takeAll(greedy);
        nanos.addAndGet(Duration.ofMillis(20).toNanos());
        Share modest = open(true);
        assertFalse(modest.take(0, 100 * KIB));
        assertFalse(greedy.take(0, KIB));
        nanos.addAndGet(Duration.ofMillis(20).toNanos());
        relieved.clear();
        assertFalse(modest.take(0, 100 * KIB));
        assertEquals(
                List.of(new Relieved(greedy, MAX / 8 * 3, Duration.ofSeconds(1))),
                relieved,
                "it holds nothing of its own");
        nanos.addAndGet(Duration.ofMillis(20).toNanos());
        relieved.clear();
        assertFalse(modest.take(0, 10 * KIB));
        assertEquals(List.of(new Relieved(greedy, MAX / 8 * 3, Duration.ZERO)), relieved);
    }

    @Test
    void largeCallsAreServedThatCameFirstWhateverTheShareOfTheirConnections() {
        List<Share> uploads = open(32, true);
        int served = 0;
        for (int part = 0; part < 16; part++) {
            for (Share upload : uploads) {
                nanos.addAndGet(Duration.ofMillis(20).toNanos());
                if (upload.held() == part * 8L * KIB && !upload.take(part * 8L * KIB + 16 * KIB, 8 * KIB)) {
                    upload.give(upload.held());
                }
            }
        }
        for (Share upload : uploads) {
            served += upload.held() == 16 * 8 * KIB ? 1 : 0;
        }
        assertTrue(served >= 4, served + " uploads of an eighth are served");
    }

    @Test
    void sharesCountForASecondAfterAConnectionWithLessThanItsOwnWasRefused() {
        Share greedy = open(true);
        takeAll(greedy);
        Share modest = open(true);
        modest.take(0, KIB);
        nanos.addAndGet(Duration.ofMillis(20).toNanos());
        assertFalse(modest.take(0, 10 * KIB));
        greedy.give(greedy.held());
        assertTrue(takeAll(greedy) <= MAX / 8 * 3, greedy.held() + " bytes are held");
        nanos.addAndGet(Duration.ofSeconds(1).toNanos());
        assertTrue(takeAll(greedy) >= MAX / 2, greedy.held() + " bytes are held");
    }

    @Test
    void connectionsAreNotRelievedForThoseOfTheOtherKind() {
        open(true).take(0, MAX / 2);
        Share remote = open(false);
        takeAll(remote);
        assertTrue(relieved.stream().allMatch(each -> each.share() == remote), relieved.toString());
    }

    @Test
    void reliefIsNotAskedForAgainAtOnce() {
        Share greedy = open(true);
        takeAll(greedy);
        relieved.clear();
        nanos.addAndGet(Duration.ofMillis(20).toNanos());
        assertFalse(greedy.take(0, KIB));
        assertFalse(greedy.take(0, KIB));
        assertEquals(1, relieved.size());
    }

    @Test
    void connectionThatIsClosedIsNotRelievedAndItsCallsGiveBackLater() {
        Share closed = open(true);
        closed.take(0, MAX / 2);
        closed.close();
        assertFalse(open(true).take(0, MAX));
        assertEquals(List.of(), relieved);
        closed.give(MAX / 2);
        assertEquals(0, budget.taken());
    }
}
