package dev.imaged.server.history;

import static dev.imaged.server.history.HistoryExample.A1;
import static dev.imaged.server.history.HistoryExample.A2;
import static dev.imaged.server.history.HistoryExample.B2;
import static dev.imaged.server.history.HistoryExample.CREATE_A;
import static dev.imaged.server.history.HistoryExample.CREATE_B;
import static dev.imaged.server.history.HistoryExample.DELETE_A;
import static dev.imaged.server.history.HistoryExample.UPDATE_A;
import static dev.imaged.server.history.HistoryExample.at;
import static dev.imaged.server.history.HistoryExample.commit;
import static dev.imaged.server.history.HistoryExample.log;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.imaged.images.Applied;
import dev.imaged.images.Applied.Result;
import dev.imaged.images.Change;
import dev.imaged.images.Image;
import dev.imaged.images.VersionedImage;
import dev.imaged.server.history.Finding.Property;
import dev.imaged.server.history.LogPiece.Name;
import dev.imaged.server.history.SentWrite.Kind;
import dev.imaged.server.history.SentWrite.Outcome;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The checker finds each way in which the log can differ from what was answered. */
class WriteCheckerTest {
    private static final Name A = new Name("red", "a");
    private static final LogPiece LOG = log(CREATE_A, UPDATE_A, CREATE_B, DELETE_A);
    private static final LogPiece NOTHING = log(new Change[0]);
    private static final Applied APPLIED = new Applied(
            at(2),
            List.of(
                    new Result("b", Change.Kind.CREATE, new VersionedImage("red", B2, 2, 2)),
                    new Result("a", Change.Kind.UPDATE, new VersionedImage("red", A2, 2, 1)),
                    new Result("c", null, null)),
            false);

    private static SentWrite create(Outcome outcome, Image answer) {
        return new SentWrite("1", Kind.PUT, A, 10, 20, outcome, answer, null);
    }

    private static SentWrite request(Outcome outcome, Applied answer) {
        return new SentWrite("request", Kind.TRANSACTION, null, 30, 40, outcome, null, answer);
    }

    private static SentWrite delete(Outcome outcome) {
        return new SentWrite("3", Kind.DELETE, A, 50, 60, outcome, null, null);
    }

    private static Set<Property> broken(LogPiece piece, SentWrite... writes) {
        EnumSet<Property> found = EnumSet.noneOf(Property.class);
        WriteChecker.check(List.of(writes), piece).forEach(finding -> found.add(finding.property()));
        return found;
    }

    private static void assertFound(SentWrite... writes) {
        assertEquals(Set.of(Property.ACKNOWLEDGED), broken(LOG, writes));
    }

    private static void assertRight(LogPiece piece, SentWrite... writes) {
        assertEquals(Set.of(), broken(piece, writes));
    }

    private static SentWrite created() {
        return create(Outcome.ACKNOWLEDGED, A1);
    }

    private static SentWrite applied() {
        return request(Outcome.ACKNOWLEDGED, APPLIED);
    }

    private static SentWrite deleted() {
        return delete(Outcome.ACKNOWLEDGED);
    }

    @Test
    void aLogOfWhatWasAnsweredHasNoFindings() {
        assertRight(LOG, created(), applied(), deleted());
        assertRight(LOG, create(Outcome.UNKNOWN, null), request(Outcome.UNKNOWN, null), delete(Outcome.UNKNOWN));
        assertRight(NOTHING, create(Outcome.REFUSED, null), request(Outcome.UNKNOWN, null), delete(Outcome.UNKNOWN));
        assertRight(LOG, created(), applied(), deleted(), delete(Outcome.REFUSED), delete(Outcome.UNKNOWN));
    }

    @Test
    void anAcknowledgedWriteThatIsMissingOrAnotherIsFound() {
        assertEquals(Set.of(Property.ACKNOWLEDGED), broken(NOTHING, created()));
        assertEquals(Set.of(Property.ACKNOWLEDGED), broken(NOTHING, applied()));
        assertEquals(Set.of(Property.ACKNOWLEDGED), broken(NOTHING, deleted()));
        assertFound(create(Outcome.ACKNOWLEDGED, A2), applied(), deleted());
        Applied half = new Applied(at(2), APPLIED.results().subList(0, 1), false);
        assertFound(created(), request(Outcome.ACKNOWLEDGED, half), deleted());
        Applied elsewhere = new Applied(at(1), APPLIED.results(), false);
        assertFound(created(), request(Outcome.ACKNOWLEDGED, elsewhere), deleted());
    }

    @Test
    void aWriteThatWasRefusedOrThatNobodySentIsFound() {
        assertFound(create(Outcome.REFUSED, null), applied(), deleted());
        assertFound(created(), request(Outcome.REFUSED, null), deleted());
        assertFound(created(), applied(), delete(Outcome.REFUSED));
        assertFound(applied(), deleted());
        assertFound(created(), deleted());
        assertFound(created(), applied());
    }

    @Test
    void aWriteThatIsInTheLogTwiceIsFound() {
        Change again = new Change.Created(commit(9, "red", "request"), "b", 2, B2);
        LogPiece twice = log(CREATE_A, UPDATE_A, CREATE_B, DELETE_A, again);

        assertEquals(Set.of(Property.ACKNOWLEDGED), broken(twice, created(), applied(), deleted()));
        assertEquals(
                Set.of(Property.ACKNOWLEDGED), broken(twice, created(), request(Outcome.UNKNOWN, null), deleted()));
    }

    @Test
    void aWriteThatWasAnsweredBeforeOneWithALowerRevisionWasSentIsFound() {
        SentWrite late = new SentWrite("1", Kind.PUT, A, 41, 50, Outcome.ACKNOWLEDGED, A1, null);

        assertEquals(Set.of(Property.REAL_TIME), broken(LOG, late, applied(), deleted()));
    }
}
