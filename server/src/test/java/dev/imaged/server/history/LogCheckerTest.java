package dev.imaged.server.history;

import static dev.imaged.server.history.HistoryExample.A1;
import static dev.imaged.server.history.HistoryExample.A2;
import static dev.imaged.server.history.HistoryExample.CREATE_A;
import static dev.imaged.server.history.HistoryExample.CREATE_B;
import static dev.imaged.server.history.HistoryExample.CREATE_C;
import static dev.imaged.server.history.HistoryExample.DELETE_A;
import static dev.imaged.server.history.HistoryExample.UPDATE_A;
import static dev.imaged.server.history.HistoryExample.UPDATE_B;
import static dev.imaged.server.history.HistoryExample.commit;
import static dev.imaged.server.history.HistoryExample.image;
import static dev.imaged.server.history.HistoryExample.log;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.imaged.images.Change;
import dev.imaged.server.history.EventChecker.Event;
import dev.imaged.server.history.EventChecker.Session;
import dev.imaged.server.history.Finding.Property;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The checkers find each way in which the log, or a subscription of its events, can be wrong. */
class LogCheckerTest {
    private static void assertBroken(Property property, Change... changes) {
        List<Finding> findings = LogChecker.check(log(changes));
        assertTrue(findings.stream().anyMatch(finding -> finding.property() == property), findings::toString);
    }

    private static Set<Property> broken(boolean fromStart, Change... told) {
        List<Event> events = Stream.of(told).map(Event::of).toList();
        return broken(new Session(fromStart, events));
    }

    private static Set<Property> broken(Session session) {
        EnumSet<Property> found = EnumSet.noneOf(Property.class);
        EventChecker.check("events", List.of(session), log()).forEach(finding -> found.add(finding.property()));
        return found;
    }

    @Test
    void aLogThatIsAsItShouldBeHasNoFindings() {
        assertEquals(List.of(), LogChecker.check(log()));
        LogPiece next = log(CREATE_A, UPDATE_A, CREATE_B).next(List.of(DELETE_A, CREATE_C, UPDATE_B));
        assertEquals(List.of(), LogChecker.check(next));
    }

    @Test
    void whatIsOutOfOrderIsFound() {
        assertBroken(Property.ORDERED, CREATE_A, CREATE_B, UPDATE_A);
        assertBroken(Property.ORDERED, CREATE_C, CREATE_A);
        Change early = new Change.Created(
                new Change.Commit(9, CREATE_C.time(), "green", CREATE_C.commit().cause()), "d", 0, A1);
        assertBroken(Property.ORDERED, CREATE_C, early);
    }

    @Test
    void anImageWhoseTimeDoesNotMoveForwardIsFound() {
        Change same = new Change.Updated(commit(2, "red", ""), "a", 1, A1, image("a", "1", "data"));
        assertBroken(Property.ORDERED, CREATE_A, same);
    }

    @Test
    void onlyDaemonsOverEtcdGiveTwoCommitsTheSameTime() {
        Change same = new Change.Created(
                new Change.Commit(9, CREATE_C.time(), "green", CREATE_C.commit().cause()), "d", 0, A1);
        assertBroken(Property.ORDERED, CREATE_C, same);
        assertEquals(List.of(), LogChecker.checkOfSeveral(log(CREATE_C, same)));
    }

    @Test
    void aNameThatIsTwiceInACommitIsFound() {
        Change again = new Change.Updated(commit(2, "red", "request"), "a", 2, A2, A2);
        assertBroken(Property.UNIQUE, CREATE_A, UPDATE_A, again);
    }

    @Test
    void aCommitOfTwoNamespacesIsFound() {
        Change elsewhere = new Change.Created(commit(1, "green", ""), "b", 0, A1);
        assertBroken(Property.WHOLE, CREATE_A, elsewhere);
    }

    @Test
    void aChangeThatDoesNotStartFromTheOneBeforeIsFound() {
        assertBroken(Property.CHAINED, UPDATE_A); // there is no image
        assertBroken(Property.CHAINED, CREATE_A, DELETE_A); // revision 2 is missing
        assertBroken(Property.CHAINED, CREATE_A, new Change.Created(commit(2, "red", ""), "a", 1, A2));
        assertBroken(Property.CHAINED, CREATE_A, new Change.Updated(commit(2, "red", ""), "a", 1, A2, A2));
    }

    @Test
    void aSubscriptionIsAPartOfTheLogWithoutAGap() {
        assertEquals(Set.of(), broken(true, CREATE_A, UPDATE_A, CREATE_B));
        assertEquals(Set.of(), broken(false, CREATE_B, DELETE_A));
        assertEquals(Set.of(Property.RESUMABLE), broken(true, UPDATE_A));
        assertEquals(Set.of(Property.RESUMABLE), broken(false, UPDATE_A, DELETE_A));
        assertEquals(Set.of(Property.UNIQUE), broken(false, CREATE_C, CREATE_C));
        assertEquals(Set.of(Property.ORDERED), broken(false, CREATE_B, UPDATE_A));
        Event wrong = new Event(CREATE_A.time(), LogPiece.Name.of(CREATE_A), "/images/create", Map.of());
        assertEquals(Set.of(Property.FAITHFUL), broken(new Session(true, List.of(wrong))));
        Event none = new Event(CREATE_A.time(), LogPiece.Name.of(CREATE_B), "/images/create", Map.of());
        assertEquals(Set.of(Property.ACKNOWLEDGED), broken(new Session(true, List.of(none))));
    }
}
