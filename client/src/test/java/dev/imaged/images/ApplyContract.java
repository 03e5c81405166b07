package dev.imaged.images;

import static dev.imaged.images.ContractFixture.assertFails;
import static dev.imaged.images.ContractFixture.assertNames;
import static dev.imaged.images.ContractFixture.image;
import static dev.imaged.images.TransactionsFixture.assertDetails;
import static dev.imaged.images.TransactionsFixture.assertKinds;
import static dev.imaged.images.TransactionsFixture.assertReason;
import static dev.imaged.images.TransactionsFixture.assertViolations;
import static dev.imaged.images.TransactionsFixture.result;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.imaged.errors.ImageException.AlreadyExists;
import dev.imaged.errors.ImageException.FailedPrecondition;
import dev.imaged.errors.ImageException.InvalidArgument;
import dev.imaged.errors.ImageException.NotFound;
import dev.imaged.errors.ImageException.ResourceExhausted;
import dev.imaged.images.Change.Kind;
import dev.imaged.oci.Descriptor;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What an apply makes of several images at once. */
interface ApplyContract extends TransactionsFixture {
    @Test
    default void allOperationsOfAnApplyAreOneCommit() {
        VersionedImage old = created(image("old", Map.of("k", "v")));
        created(image("gone"));
        clock().advance(Duration.ofSeconds(1));

        Applied applied = apply(
                Operation.create(image("new")),
                Operation.update(new Image("old", TARGET_B), UpdateMask.target()),
                Operation.delete("gone"));

        assertKinds(applied, Kind.CREATE, Kind.UPDATE, Kind.DELETE);
        long revision = applied.position().revision();
        Instant now = TestClock.START.plusSeconds(1);
        Image made = new Image("new", Map.of(), TARGET_A, now, now);
        assertEquals(new VersionedImage("contract", made, revision, revision), result(applied, 0));
        Image updated = new Image("old", Map.of("k", "v"), TARGET_B, old.image().createdAt(), now);
        assertEquals(new VersionedImage("contract", updated, revision, old.createdRevision()), result(applied, 1));
        assertEquals(
                new Applied.Result("gone", Kind.DELETE, null), applied.results().get(2));
        assertEquals(List.of(made, updated), store().list());
        assertFalse(applied.replayed());
    }

    @Test
    default void anApplyWithAnOperationThatFailsChangesNothing() {
        Image kept = created(image("kept")).image();

        NotFound error = assertReason(
                NotFound.class,
                "NO_SUCH_IMAGE",
                "operations[1]: image \"missing\": not found",
                () -> apply(
                        Operation.create(image("a")),
                        Operation.delete("missing"),
                        Operation.delete("kept"),
                        Operation.create(image("z"))));

        assertDetails(error, Map.of("operation", "1", "namespace", "contract", "name", "missing"));
        assertViolations(error, "EXISTS missing");
        assertEquals(List.of(kept), store().list());
    }

    @Test
    default void theRevisionsOfCommitsRise() {
        long first = apply(Operation.create(image("a"))).position().revision();
        store().create(image("b"));
        long third = apply(Operation.create(image("c")), Operation.create(image("d")))
                .position()
                .revision();
        long fourth = apply(Operation.delete("a")).position().revision();

        assertTrue(third > first + 1, first + ", " + third);
        assertTrue(fourth > third, third + ", " + fourth);
    }

    @Test
    default void eachOperationSeesWhatWasStoredBeforeTheCall() {
        Image one = created(new Image("v1", Map.of("is", "1"), TARGET_A)).image();
        created(new Image("v2", Map.of("is", "2"), TARGET_B));

        apply(Operation.tag("v2", "v1"), Operation.tag("v1", "v2"), Operation.tag("v1", "previous"));

        assertEquals(TARGET_B, store().get("v1").target());
        assertEquals(Map.of("is", "2"), store().get("v1").labels());
        assertEquals(one.target(), store().get("v2").target());
        assertEquals(one.target(), store().get("previous").target());
        apply(Operation.delete("v1"), Operation.tag("v1", "v3"));
        assertEquals(TARGET_B, store().get("v3").target());
    }

    @Test
    default void aNameMayOccurInOneOperationOnly() {
        InvalidArgument error = assertReason(
                InvalidArgument.class,
                "NAME_TWICE",
                "operations[0] and operations[2] have the same name \"a\": a name may occur once: invalid argument",
                () -> apply(Operation.create(image("a")), Operation.create(image("b")), Operation.delete("a")));

        assertDetails(error, Map.of("operation", "2", "name", "a"));
        assertNames(store().list());
    }

    @Test
    default void aCreateOfATakenNameTellsWhatHasIt() {
        VersionedImage taken = created(image("a"));

        AlreadyExists error = assertReason(
                AlreadyExists.class,
                "NAME_TAKEN",
                "image \"a\": already exists",
                () -> apply(Operation.create(new Image("a", TARGET_B))));

        assertDetails(
                error,
                Map.of(
                        "operation",
                        "0",
                        "namespace",
                        "contract",
                        "name",
                        "a",
                        "revision",
                        "" + taken.revision(),
                        "digest",
                        DIGEST_A));
        assertViolations(error, "ABSENT a");
        assertEquals(taken.image(), store().get("a"));
    }

    @Test
    default void aBrokenRuleOfAnImageNamesTheOperation() {
        Image junk = new Image("b", new Descriptor("m", "junk", 1));

        InvalidArgument error = assertReason(
                InvalidArgument.class,
                "INVALID_IMAGE",
                "operations[1]: target.Digest \"junk\" invalid: invalid checksum digest format: invalid argument",
                () -> apply(Operation.create(image("a")), Operation.put(junk)));
        assertDetails(error, Map.of("operation", "1", "namespace", "contract", "name", "b"));
        assertViolations(error);

        created(image("a"));
        assertReason(
                InvalidArgument.class,
                "INVALID_MASK",
                "cannot update \"bad\" field on image \"a\": invalid argument",
                () -> apply(Operation.update(image("a"), UpdateMask.of("bad"))));
        assertReason(
                InvalidArgument.class,
                "INVALID_IMAGE",
                "Image.Name required",
                () -> apply(Operation.create(image(""))));
        assertReason(
                InvalidArgument.class, "INVALID_IMAGE", "Image.Name required", () -> apply(Operation.tag("a", "")));
        assertNames(store().list(), "a");
    }

    @Test
    default void aPutCreatesOrReplacesTheWholeImage() {
        Instant epoch = Instant.parse("2020-01-01T00:00:00Z");
        Image first =
                result(apply(Operation.put(image("a", Map.of("k", "v")))), 0).image();
        clock().advance(Duration.ofSeconds(1));

        Applied replaced = apply(new Operation.Put(new Image("a", Map.of("l", "w"), TARGET_B), epoch, Condition.NONE));

        assertKinds(replaced, Kind.UPDATE);
        assertEquals(new Image("a", Map.of("l", "w"), TARGET_B, first.createdAt(), epoch), store().get("a"));
    }

    @Test
    default void aPutOfWhatIsThereChangesNothing() {
        VersionedImage before = created(new Image("a", Map.of("k", "v"), TARGET_A.withAnnotations(Map.of("x", "1"))));
        clock().advance(Duration.ofSeconds(1));

        Applied applied = apply(Operation.put(
                new Image("a", Map.of("k", "v", "empty", ""), TARGET_A.withAnnotations(Map.of("x", "1")))));

        assertKinds(applied, new Kind[] {null});
        assertEquals(before, result(applied, 0));
        assertEquals(before.revision(), applied.position().revision());
        assertEquals(before.image(), store().get("a"));
    }

    @Test
    default void anUpdateTakesPlaceEvenIfItChangesNoField() {
        VersionedImage before = created(image("a"));
        clock().advance(Duration.ofSeconds(1));

        Applied applied = apply(Operation.update(image("a"), UpdateMask.all()));

        assertKinds(applied, Kind.UPDATE);
        assertTrue(result(applied, 0).revision() > before.revision());
        assertEquals(TestClock.START.plusSeconds(1), store().get("a").updatedAt());
    }

    @Test
    default void aTagCopiesTargetAndLabelsOrTheTargetOnly() {
        created(new Image("source", Map.of("is", "source"), TARGET_B));
        VersionedImage first = created(new Image("kept", Map.of("is", "kept"), TARGET_A));
        created(new Image("moved", Map.of("is", "moved"), TARGET_A));

        apply(
                Operation.tag("source", "kept").keepingLabels(),
                Operation.tag("source", "moved"),
                Operation.tag("source", "new").keepingLabels());

        assertEquals(TARGET_B, store().get("kept").target());
        assertEquals(Map.of("is", "kept"), store().get("kept").labels());
        assertEquals(first.image().createdAt(), store().get("kept").createdAt());
        assertEquals(Map.of("is", "source"), store().get("moved").labels());
        assertEquals(Map.of("is", "source"), store().get("new").labels());
    }

    @Test
    default void aTagThatIsRightAlreadyChangesNothing() {
        created(new Image("source", Map.of("k", "v"), TARGET_B));
        VersionedImage tag = result(apply(Operation.tag("source", "tag")), 0);

        Applied again = apply(Operation.tag("source", "tag"), Operation.tag("source", "source"));

        assertKinds(again, null, null);
        assertEquals(tag, result(again, 0));
        assertEquals(tag.revision(), again.position().revision());
    }

    @Test
    default void aTagOfAMissingSourceNamesTheSource() {
        created(image("a"));

        NotFound error = assertReason(
                NotFound.class,
                "NO_SUCH_IMAGE",
                "operations[1]: image \"source\": not found",
                () -> apply(Operation.delete("a"), Operation.tag("source", "b")));

        assertDetails(error, Map.of("operation", "1", "namespace", "contract", "name", "source"));
        assertViolations(error, "EXISTS source");
        assertNames(store().list(), "a");
    }

    @Test
    default void aDeleteMayIgnoreThatTheNameIsMissing() {
        created(image("a"));

        Applied applied = apply(
                Operation.delete("missing").ignoringMissing(),
                Operation.delete("a").ignoringMissing());

        assertKinds(applied, null, Kind.DELETE);
        assertEquals(
                new Applied.Result("missing", null, null), applied.results().get(0));
        assertNames(store().list());
        Applied nothing = apply(Operation.delete("a").ignoringMissing());
        assertEquals(applied.position(), nothing.position());
    }

    @Test
    default void aValidationAnswersWhatWouldBeAndChangesNothing() {
        VersionedImage before = created(image("a"));
        RequestOptions validating = RequestOptions.DEFAULT.withRequestId("id").validating();

        Applied foreseen = transactions()
                .apply(Apply.of(
                                Operation.create(image("b")),
                                Operation.tag("a", "c"),
                                Operation.delete("a"),
                                Operation.delete("d").ignoringMissing())
                        .with(validating));

        assertKinds(foreseen, Kind.CREATE, Kind.CREATE, Kind.DELETE, null);
        assertEquals("b", result(foreseen, 0).image().name());
        assertEquals(before.revision(), foreseen.position().revision());
        assertEquals(List.of(before.image()), store().list());
        assertThrows(
                AlreadyExists.class,
                () -> transactions()
                        .apply(Apply.of(Operation.create(image("a"))).with(validating)));
        Applied done = transactions()
                .apply(Apply.of(Operation.create(image("b"))).with(RequestOptions.DEFAULT.withRequestId("id")));
        assertFalse(done.replayed());
    }

    @Test
    default void aRequestHasAtMostSoManyOperationsAndBytes() {
        List<Operation> most = IntStream.range(0, TransactionRules.MAX_OPERATIONS)
                .<Operation>mapToObj(i -> Operation.create(image("n" + i)))
                .toList();
        transactions().apply(Apply.of(most));
        assertEquals(TransactionRules.MAX_OPERATIONS, store().list().size());

        List<Operation> more = IntStream.rangeClosed(0, TransactionRules.MAX_OPERATIONS)
                .<Operation>mapToObj(i -> Operation.delete("n" + i))
                .toList();
        assertReason(
                ResourceExhausted.class,
                "TOO_LARGE",
                "operations are 101, more than the maximum of 100",
                () -> transactions().apply(Apply.of(more)));

        Image large = new Image("large", TARGET_A.withAnnotations(Map.of("k", "v".repeat(1 << 20))));
        ResourceExhausted error = assertThrows(ResourceExhausted.class, () -> apply(Operation.create(large)));
        assertEquals("TOO_LARGE", error.reason());
        assertTrue(error.getMessage().endsWith("more than the maximum of 1048576 bytes"), error.getMessage());
        Image half =
                new Image("half", TARGET_A.withAnnotations(Map.of("k", "v".repeat(TransactionRules.MAX_BYTES / 2))));
        ResourceExhausted sum = assertThrows(
                ResourceExhausted.class,
                () -> apply(Operation.put(half), Operation.put(new Image("other", half.target()))));
        assertEquals("TOO_LARGE", sum.reason());
        assertFails(
                InvalidArgument.class,
                "operations must not be empty unless there are checks: invalid argument",
                () -> apply());
        assertEquals(TransactionRules.MAX_OPERATIONS, store().list().size());
    }

    @Test
    default void aNamespaceIsCheckedAndSeesOnlyItsOwn() {
        created(image("a"));
        Transactions other = stores().transactions("other").orElseThrow();

        assertThrows(NotFound.class, () -> other.apply(Apply.of(Operation.tag("a", "b"))));
        assertThrows(FailedPrecondition.class, () -> stores().transactions(""));
        assertThrows(InvalidArgument.class, () -> stores().transactions("a b"));
    }
}
