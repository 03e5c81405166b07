package dev.imaged.server.admission;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A connection that fills a queue leaves places in it for others, and TCP leaves some for unix sockets. */
class QueueShareTest {
    private static final int PLACES = 64;
    private static final long MEMORY = 1 << 30;

    private final Budgets budgets = Budgets.of(MEMORY, MEMORY, PLACES, PLACES, PLACES, System::nanoTime);

    private Connection connection(boolean local) {
        return new Connection(budgets, local, Runnable::run, new Resets(Integer.MAX_VALUE, System::nanoTime, () -> {}));
    }

    private static CallAccount call(Connection connection) {
        CallAccount call = new CallAccount(0, System::nanoTime);
        call.open(connection, false);
        call.working();
        return call;
    }

    /** Opens calls that write until one finds no place, and returns the others. */
    private static List<CallAccount> fill(Connection connection) {
        List<CallAccount> waiting = new ArrayList<>();
        for (CallAccount call = call(connection); call.takeWritePlace(); call = call(connection)) {
            waiting.add(call);
        }
        return waiting;
    }

    @Test
    void otherConnectionsFindAPlaceInAQueueThatOneHasFilled() {
        List<CallAccount> waiting = fill(connection(false));
        assertTrue(waiting.size() >= PLACES / 2, waiting.size() + " places");
        for (int i = 0; i < 3; i++) {
            assertTrue(call(connection(false)).takeWritePlace());
        }
    }

    @Test
    void otherConnectionsFindAPlaceForAWatchWhenOneHasAllItMay() {
        Connection many = connection(false);
        int watches = 0;
        while (call(many).takeWatchPlace()) {
            watches++;
        }
        assertTrue(watches >= PLACES / 2 && watches < PLACES, watches + " watches");
        assertTrue(call(connection(false)).takeWatchPlace());
        assertTrue(call(connection(true)).takeWatchPlace());
    }

    @Test
    void unixSocketsHaveAQuarterOfAQueueThatTcpHasFilled() {
        for (int i = 0; i < PLACES; i++) {
            fill(connection(false));
        }
        assertTrue(fill(connection(true)).size() >= PLACES / 8);
        assertFalse(call(connection(false)).takeWritePlace());
    }

    @Test
    void writesTakeNoPlacesOfLists() {
        for (int i = 0; i < PLACES; i++) {
            fill(connection(true));
        }
        assertTrue(call(connection(true)).takeListPlace());
    }

    @Test
    void aPlaceIsFreeOnceItsCallIsDone() {
        Connection connection = connection(false);
        List<CallAccount> waiting = fill(connection);
        waiting.forEach(CallAccount::done);
        assertEquals(0, budgets.writes().taken());
        assertEquals(waiting.size(), fill(connection).size());
    }

    @Test
    void aWatchTakesAPlaceOfListsAndKeepsItsOwnWhenItLeavesThat() {
        CallAccount watch = call(connection(true));
        assertTrue(watch.takeWatchPlace());
        assertTrue(watch.takeListPlace());
        assertEquals(Budgets.PLACE_BYTES, budgets.watches().taken());
        assertEquals(Budgets.PLACE_BYTES, budgets.lists().taken());
        watch.leaveQueue();
        assertEquals(Budgets.PLACE_BYTES, budgets.watches().taken());
        assertEquals(0, budgets.lists().taken());
        watch.done();
        assertEquals(0, budgets.watches().taken());
    }
}
