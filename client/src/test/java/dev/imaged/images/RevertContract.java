package dev.imaged.images;

import static dev.imaged.images.ContractFixture.assertFails;
import static dev.imaged.images.ContractFixture.assertNames;
import static dev.imaged.images.ContractFixture.image;
import static dev.imaged.images.TransactionsFixture.assertKinds;
import static dev.imaged.images.TransactionsFixture.assertReason;
import static dev.imaged.images.TransactionsFixture.assertViolations;
import static dev.imaged.images.TransactionsFixture.result;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.imaged.errors.ImageException.Aborted;
import dev.imaged.errors.ImageException.InvalidArgument;
import dev.imaged.errors.ImageException.NotFound;
import dev.imaged.errors.ImageException.OutOfRange;
import dev.imaged.images.Change.Kind;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Names go back to what they were, and commits are taken back. */
interface RevertContract extends TransactionsFixture {
    @Test
    default void aNameGoesBackToARevisionWithItsTimeOfCreation() {
        VersionedImage first = created(image("tag", Map.of("k", "v")));
        clock().advance(Duration.ofSeconds(1));
        store().update(new Image("tag", TARGET_B), UpdateMask.all());
        clock().advance(Duration.ofSeconds(1));

        Applied reverted = transactions().revert(Revert.of("tag", AsOf.revision(first.revision())));

        assertKinds(reverted, Kind.UPDATE);
        Image expected = new Image("tag", Map.of("k", "v"), TARGET_A, TestClock.START, TestClock.START.plusSeconds(2));
        assertEquals(expected, store().get("tag"));
        assertEquals(
                new VersionedImage("contract", expected, reverted.position().revision(), first.createdRevision()),
                result(reverted, 0));
    }

    @Test
    default void aDeletedNameComesBack() {
        VersionedImage first = created(image("a", Map.of("k", "v")));
        clock().advance(Duration.ofSeconds(1));
        store().delete("a");
        clock().advance(Duration.ofSeconds(1));

        Applied reverted = transactions().revert(Revert.of("a", AsOf.time(TestClock.START)));

        assertKinds(reverted, Kind.CREATE);
        assertEquals(first.image().createdAt(), store().get("a").createdAt());
        assertEquals(TestClock.START.plusSeconds(2), store().get("a").updatedAt());
        assertEquals(Map.of("k", "v"), store().get("a").labels());
        assertEquals(reverted.position().revision(), result(reverted, 0).createdRevision());
        assertNames(store().list(List.of("labels.k==v")), "a");
    }

    @Test
    default void aNameThatDidNotExistThenIsDeleted() {
        VersionedImage other = created(image("other"));
        created(image("a"));

        Applied reverted = transactions().revert(Revert.of("a", AsOf.revision(other.revision())));

        assertKinds(reverted, Kind.DELETE);
        assertNull(reverted.results().get(0).image());
        assertNames(store().list(), "other");
    }

    @Test
    default void aNameThatIsWhatItWasStaysAsItIs() {
        VersionedImage first = created(image("a"));
        clock().advance(Duration.ofSeconds(1));

        Applied reverted = transactions()
                .revert(new Revert(
                        List.of(
                                new Revert.Target("a", AsOf.revision(first.revision())),
                                new Revert.Target("missing", AsOf.revision(first.revision()))),
                        RequestOptions.DEFAULT));

        assertKinds(reverted, null, null);
        assertEquals(first, result(reverted, 0));
        assertEquals(first.revision(), reverted.position().revision());
    }

    @Test
    default void severalNamesGoBackInOneCommitOrNoneDoes() {
        Applied start = apply(Operation.create(image("a")), Operation.create(image("b")));
        long then = start.position().revision();
        apply(Operation.put(new Image("a", TARGET_B)), Operation.delete("b"));
        List<Image> moved = store().list();

        Aborted error = assertThrows(
                Aborted.class,
                () -> transactions()
                        .revert(new Revert(
                                List.of(
                                        new Revert.Target("b", AsOf.revision(then)),
                                        new Revert.Target(
                                                "a", AsOf.revision(then), Condition.NONE.withDigest(DIGEST_A))),
                                RequestOptions.DEFAULT)));
        assertEquals("1", error.details().get("operation"));
        assertViolations(error, "DIGEST a");
        assertEquals(moved, store().list());

        Applied reverted = transactions()
                .revert(new Revert(
                        List.of(
                                new Revert.Target("b", AsOf.revision(then)),
                                new Revert.Target("a", AsOf.revision(then), Condition.NONE.withDigest(DIGEST_B))),
                        RequestOptions.DEFAULT));
        assertKinds(reverted, Kind.CREATE, Kind.UPDATE);
        assertEquals(result(reverted, 0).revision(), result(reverted, 1).revision());
        assertEquals(TARGET_A, store().get("a").target());
        assertNames(store().list(), "a", "b");
    }

    @Test
    default void theFutureCannotBeRevertedTo() {
        VersionedImage first = created(image("a"));

        assertReason(
                OutOfRange.class,
                "REVISION_AHEAD",
                "revision " + (first.revision() + 1) + " lies in the future: the newest is " + first.revision(),
                () -> transactions().revert(Revert.of("a", AsOf.revision(first.revision() + 1))));
        assertFails(
                InvalidArgument.class,
                "targets[0].as_of must have a revision or a time: invalid argument",
                () -> transactions().revert(Revert.of("a", AsOf.now())));
        assertFails(
                InvalidArgument.class,
                "targets must not be empty: invalid argument",
                () -> transactions().revert(new Revert(List.of(), RequestOptions.DEFAULT)));
    }

    @Test
    default void anUndoTakesAWholeCommitBack() {
        created(image("kept", Map.of("k", "v")));
        created(image("moved"));
        List<Image> before = store().list();
        clock().advance(Duration.ofSeconds(1));
        long commit = apply(
                        Operation.create(image("new")),
                        Operation.put(new Image("moved", TARGET_B)),
                        Operation.delete("kept"))
                .position()
                .revision();
        clock().advance(Duration.ofSeconds(1));

        Applied undone = transactions().undo(Undo.of(commit));

        assertKinds(undone, Kind.CREATE, Kind.UPDATE, Kind.DELETE);
        assertEquals("kept", result(undone, 0).image().name());
        assertEquals("moved", result(undone, 1).image().name());
        Instant now = TestClock.START.plusSeconds(2);
        assertEquals(
                before.stream()
                        .map(image -> new Image(image.name(), image.labels(), image.target(), image.createdAt(), now))
                        .toList(),
                store().list());
    }

    @Test
    default void anUndoOfAnUndoBringsTheCommitBack() {
        long commit = apply(Operation.create(image("a")), Operation.create(image("b")))
                .position()
                .revision();
        long undo = transactions().undo(Undo.of(commit)).position().revision();
        assertNames(store().list());

        transactions().undo(Undo.of(undo));

        assertNames(store().list(), "a", "b");
    }

    @Test
    default void anUndoOfWhatChangedAgainIsAbortedUnlessItOverrides() {
        long commit = apply(Operation.create(image("a")), Operation.create(image("b")))
                .position()
                .revision();
        long later = apply(Operation.put(new Image("b", TARGET_B))).position().revision();

        Aborted error = assertReason(
                Aborted.class,
                "CHANGED",
                "operations[1]: image \"b\" is not as expected: revision " + later + " changed it after revision "
                        + commit + "; read it again",
                () -> transactions().undo(Undo.of(commit)));
        assertEquals("b", error.details().get("name"));
        assertEquals("" + later, error.details().get("revision"));
        assertNames(store().list(), "a", "b");

        Applied undone = transactions().undo(Undo.of(commit).overriding());
        assertKinds(undone, Kind.DELETE, Kind.DELETE);
        assertNames(store().list());
    }

    @Test
    default void anUndoOfADeleteOfANameThatWasMadeAgainIsAborted() {
        created(image("a"));
        long commit = apply(Operation.delete("a")).position().revision();
        store().create(new Image("a", TARGET_B));
        assertThrows(Aborted.class, () -> transactions().undo(Undo.of(commit)));
        store().delete("a");
        assertThrows(Aborted.class, () -> transactions().undo(Undo.of(commit)));

        transactions().undo(Undo.of(commit).overriding());

        assertEquals(TARGET_A, store().get("a").target());
    }

    @Test
    default void onlyACommitOfTheNamespaceCanBeUndone() {
        long commit = apply(Operation.create(image("a"))).position().revision();

        assertReason(
                NotFound.class,
                "NO_SUCH_COMMIT",
                "commit of revision " + commit + " in namespace other: not found",
                () -> stores().transactions("other").orElseThrow().undo(Undo.of(commit)));
        assertReason(
                OutOfRange.class,
                "REVISION_AHEAD",
                "revision " + (commit + 1) + " lies in the future: the newest is " + commit,
                () -> transactions().undo(Undo.of(commit + 1)));
        assertFails(
                InvalidArgument.class,
                "revision 0 must be greater than zero: invalid argument",
                () -> transactions().undo(Undo.of(0)));
    }

    @Test
    default void aCommitOfTheImagesApiCanBeUndone() {
        created(image("a"));
        store().update(new Image("a", TARGET_B), UpdateMask.target());
        long update = transactions()
                .apply(Apply.of().check("a", Condition.exists()))
                .position()
                .revision();

        transactions().undo(Undo.of(update));

        assertEquals(TARGET_A, store().get("a").target());
    }

    @Test
    default void aRevertAndAnUndoThatAreSentAgainGetTheFirstAnswer() {
        VersionedImage first = created(image("a"));
        created(image("b"));
        long commit = apply(Operation.put(new Image("a", TARGET_B)), Operation.delete("b"))
                .position()
                .revision();
        Revert revert = new Revert(
                List.of(
                        new Revert.Target("b", AsOf.revision(commit)),
                        new Revert.Target("a", AsOf.revision(first.revision()))),
                RequestIdContract.id("revert"));
        Applied reverted = transactions().revert(revert);
        Undo undo = Undo.of(commit).overriding().with(RequestIdContract.id("undo"));
        Applied undone = transactions().undo(undo);
        store().delete("a");
        store().delete("b");

        Applied revertedAgain = transactions().revert(revert);
        Applied undoneAgain = transactions().undo(undo);

        assertFalse(reverted.replayed());
        assertKinds(reverted, null, Kind.UPDATE);
        assertEquals(new Applied(reverted.position(), reverted.results(), true), revertedAgain);
        assertKinds(undone, Kind.CREATE);
        assertEquals(new Applied(undone.position(), undone.results(), true), undoneAgain);
        assertNames(store().list());
    }

    @Test
    default void aValidationOfARevertOrAnUndoChangesNothing() {
        long commit = created(image("a")).revision();
        RequestOptions validating = RequestOptions.DEFAULT.validating();

        Applied undo = transactions().undo(Undo.of(commit).with(validating));
        Applied revert =
                transactions().revert(Revert.of("a", AsOf.revision(commit - 1)).with(validating));

        assertKinds(undo, Kind.DELETE);
        assertKinds(revert, Kind.DELETE);
        assertEquals(commit, undo.position().revision());
        assertTrue(store().list().size() == 1);
    }
}
