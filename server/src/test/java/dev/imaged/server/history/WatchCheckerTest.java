package dev.imaged.server.history;

import static dev.imaged.server.history.HistoryExample.A1;
import static dev.imaged.server.history.HistoryExample.ALL;
import static dev.imaged.server.history.HistoryExample.B2;
import static dev.imaged.server.history.HistoryExample.CREATE_A;
import static dev.imaged.server.history.HistoryExample.CREATE_B;
import static dev.imaged.server.history.HistoryExample.CREATE_C;
import static dev.imaged.server.history.HistoryExample.DELETE_A;
import static dev.imaged.server.history.HistoryExample.UPDATE_A;
import static dev.imaged.server.history.HistoryExample.UPDATE_B;
import static dev.imaged.server.history.HistoryExample.WEB;
import static dev.imaged.server.history.HistoryExample.at;
import static dev.imaged.server.history.HistoryExample.changed;
import static dev.imaged.server.history.HistoryExample.commit;
import static dev.imaged.server.history.HistoryExample.log;
import static dev.imaged.server.history.HistoryExample.progress;
import static dev.imaged.server.history.HistoryExample.session;
import static dev.imaged.server.history.HistoryExample.told;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.imaged.images.Change;
import dev.imaged.images.Position;
import dev.imaged.images.VersionedImage;
import dev.imaged.images.WatchEvent;
import dev.imaged.images.WatchedChange;
import dev.imaged.images.WatchedChange.Match;
import dev.imaged.server.history.Finding.Property;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The checker finds each way in which a watch can be wrong. */
class WatchCheckerTest {
    private static Set<Property> broken(WatchSession... sessions) {
        EnumSet<Property> found = EnumSet.noneOf(Property.class);
        WatchChecker.check("watch", List.of(sessions), log()).forEach(finding -> found.add(finding.property()));
        return found;
    }

    private static void assertBroken(Property property, WatchSession... sessions) {
        assertEquals(EnumSet.of(property), broken(sessions));
    }

    private static WatchEvent first() {
        return told(1, CREATE_A);
    }

    private static WatchEvent second() {
        return told(2, UPDATE_A, CREATE_B);
    }

    private static WatchEvent snapshot(VersionedImage... images) {
        return new WatchEvent.Snapshot(List.of(images), true);
    }

    private static WatchEvent synced(long revision) {
        return new WatchEvent.Synced(at(revision));
    }

    private static VersionedImage b2() {
        return new VersionedImage("red", B2, 2, 2);
    }

    @Test
    void aWatchThatIsAsItShouldBeHasNoFindings() {
        assertEquals(
                Set.of(),
                broken(
                        session(ALL.after(at(0)), first(), second(), progress(2), told(4, DELETE_A)),
                        session(ALL.after(at(4)), progress(4), told(6, CREATE_C, UPDATE_B), progress(6))));
        assertEquals(Set.of(), broken(session(ALL, progress(2), told(5, DELETE_A, CREATE_C), progress(5))));
        assertEquals(
                Set.of(),
                broken(session(
                        WEB.after(at(0)),
                        changed(1, new WatchedChange(CREATE_A, Match.ENTERED)),
                        changed(2, new WatchedChange(UPDATE_A, Match.LEFT), new WatchedChange(CREATE_B, Match.ENTERED)),
                        progress(5),
                        changed(6, new WatchedChange(UPDATE_B, Match.LEFT)))));
        assertEquals(
                Set.of(),
                broken(
                        session(WEB.withSnapshot(), snapshot(b2())),
                        session(WEB.withSnapshot(), snapshot(b2()), synced(4), progress(5)),
                        session(WEB.withSnapshot(), snapshot(b2()), synced(4))));
    }

    @Test
    void whatIsOutOfOrderIsFound() {
        assertBroken(Property.ORDERED, session(ALL.after(at(0)), told(4, UPDATE_A, CREATE_B, CREATE_A, DELETE_A)));
        assertBroken(Property.ORDERED, session(ALL.after(at(4)), progress(4), progress(2)));
        assertBroken(Property.ORDERED, session(ALL, new WatchEvent.Progress(new Position("another store", 6))));
    }

    @Test
    void whatComesTwiceIsFound() {
        assertBroken(Property.UNIQUE, session(ALL.after(at(0)), told(1, CREATE_A, CREATE_A)));
        assertBroken(
                Property.UNIQUE,
                session(ALL.after(at(0)), first()),
                session(ALL.after(at(1)), told(2, CREATE_A, UPDATE_A, CREATE_B)));
    }

    @Test
    void aCommitThatIsSplitIsFound() {
        assertBroken(Property.WHOLE, session(ALL.after(at(1)), told(2, UPDATE_A)));
    }

    @Test
    void aGapIsFound() {
        assertBroken(Property.RESUMABLE, session(ALL.after(at(0)), second()));
        assertBroken(Property.RESUMABLE, session(ALL.after(at(0)), first(), progress(4)));
        assertBroken(
                Property.RESUMABLE, session(ALL.after(at(0)), first()), session(ALL.after(at(1)), told(4, DELETE_A)));
    }

    @Test
    void whatComesAfterItsPositionWasToldIsFound() {
        assertBroken(Property.BOOKMARKABLE, session(ALL, progress(2), told(4, CREATE_B, DELETE_A)));
        assertBroken(
                Property.BOOKMARKABLE,
                session(
                        WEB.withSnapshot(),
                        snapshot(b2()),
                        synced(4),
                        changed(5, new WatchedChange(CREATE_B, Match.ENTERED))));
    }

    @Test
    void aSnapshotThatIsNotWhatWasStoredIsFound() {
        assertBroken(Property.GAPLESS, session(WEB.withSnapshot(), snapshot(), synced(4)));
        assertBroken(
                Property.GAPLESS,
                session(WEB.withSnapshot(), snapshot(new VersionedImage("red", A1, 1, 1), b2()), synced(4)));
        assertBroken(
                Property.GAPLESS,
                session(WEB.withSnapshot(), snapshot(new VersionedImage("red", B2, 2, 1)), synced(4)));
    }

    @Test
    void aChangeThatIsNotAsInTheLogIsFound() {
        Change other = new Change.Deleted(commit(4, "red", ""), "a", 2, A1);
        assertBroken(Property.FAITHFUL, session(ALL.after(at(2)), told(4, other)));
        assertBroken(
                Property.FAITHFUL, session(WEB.after(at(5)), changed(6, new WatchedChange(UPDATE_B, Match.STAYED))));
        assertBroken(
                Property.FAITHFUL, session(WEB.after(at(4)), changed(5, new WatchedChange(CREATE_C, Match.ENTERED))));
        assertBroken(Property.FAITHFUL, session(ALL.withoutBefore().after(at(2)), told(4, DELETE_A)));
    }
}
