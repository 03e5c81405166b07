package dev.imaged.images;

import static dev.imaged.images.ContractFixture.assertFails;
import static dev.imaged.images.ContractFixture.assertNames;
import static dev.imaged.images.ContractFixture.image;
import static dev.imaged.images.TransactionsFixture.assertDetails;
import static dev.imaged.images.TransactionsFixture.assertReason;
import static dev.imaged.images.TransactionsFixture.assertViolations;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.imaged.errors.ImageException;
import dev.imaged.errors.ImageException.Aborted;
import dev.imaged.errors.ImageException.AlreadyExists;
import dev.imaged.errors.ImageException.InvalidArgument;
import dev.imaged.errors.ImageException.NotFound;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** When the conditions of an apply hold, and what it answers when they do not. */
interface ConditionContract extends TransactionsFixture {
    @Test
    default void aRevisionThatIsThePresentOneHolds() {
        VersionedImage first = created(image("a"));
        store().update(new Image("a", TARGET_B), UpdateMask.target());

        Aborted error = assertReason(
                Aborted.class,
                "CHANGED",
                "image \"a\" is not as expected: its revision is " + (first.revision() + 1) + ", not "
                        + first.revision() + "; read it again",
                () -> apply(Operation.delete("a").ifRevision(first.revision())));
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
                        "" + (first.revision() + 1),
                        "digest",
                        DIGEST_B));
        assertViolations(error, "REVISION a");
        assertNames(store().list(), "a");

        apply(Operation.delete("a").ifRevision(first.revision() + 1));
        assertNames(store().list());
    }

    @Test
    default void aDigestThatIsThePresentOneHolds() {
        created(image("a"));

        Aborted error = assertReason(
                Aborted.class,
                "CHANGED",
                "image \"a\" is not as expected: its digest is " + DIGEST_A + ", not " + DIGEST_B + "; read it again",
                () -> apply(Operation.put(new Image("a", TARGET_B)).ifDigest(DIGEST_B)));
        assertViolations(error, "DIGEST a");
        assertEquals(TARGET_A, store().get("a").target());

        apply(Operation.put(new Image("a", TARGET_B)).ifDigest(DIGEST_A));
        assertEquals(TARGET_B, store().get("a").target());
    }

    @Test
    default void aRevisionAndADigestThatBothDifferAreBothTold() {
        VersionedImage first = created(image("a"));
        Condition both = Condition.NONE.withRevision(first.revision() + 1).withDigest(DIGEST_B);

        Aborted error = assertReason(
                Aborted.class,
                "CHANGED",
                "image \"a\" is not as expected: its revision is " + first.revision() + ", not "
                        + (first.revision() + 1) + "; read it again",
                () -> apply(Operation.delete("a").on(both)));

        assertViolations(error, "REVISION a", "DIGEST a");
        assertNames(store().list(), "a");
    }

    @Test
    default void aRevisionOrADigestNeedsAnImage() {
        for (Condition condition :
                List.of(Condition.exists(), Condition.NONE.withRevision(1), Condition.NONE.withDigest(DIGEST_A))) {
            NotFound error = assertReason(
                    NotFound.class,
                    "NO_SUCH_IMAGE",
                    "image \"a\": not found",
                    () -> apply(Operation.put(image("a")).on(condition)));
            assertViolations(error, "EXISTS a");
        }
        assertNames(store().list());
    }

    @Test
    default void aNameThatHasToBeAbsentMustNotExist() {
        apply(Operation.put(image("a")).on(Condition.absent()));

        AlreadyExists error = assertReason(
                AlreadyExists.class,
                "NAME_TAKEN",
                "image \"a\": already exists",
                () -> apply(Operation.put(new Image("a", TARGET_B)).on(Condition.absent())));

        assertViolations(error, "ABSENT a");
        assertEquals(TARGET_A, store().get("a").target());
    }

    @Test
    default void aCheckHoldsWithoutAWrite() {
        VersionedImage guard = created(image("guard"));

        transactions()
                .apply(Apply.of(Operation.create(image("a")))
                        .check("guard", Condition.NONE.withRevision(guard.revision()))
                        .check("free", Condition.absent()));
        Applied alone = transactions().apply(Apply.of().check("guard", Condition.exists()));

        assertEquals(guard.image(), store().get("guard"));
        assertEquals(List.of(), alone.results());
        Aborted error = assertReason(
                Aborted.class,
                "CHANGED",
                "checks[0]: image \"guard\" is not as expected: its revision is " + guard.revision()
                        + ", not 999; read it again",
                () -> transactions()
                        .apply(Apply.of(Operation.delete("a")).check("guard", Condition.NONE.withRevision(999))));
        assertEquals("0", error.details().get("check"));
        assertNames(store().list(), "a", "guard");
    }

    @Test
    default void theFirstFailureDecidesAndAllConditionsThatDoNotHoldAreListed() {
        created(image("a"));
        created(image("b"));
        created(image("c"));

        Aborted error = assertThrows(
                Aborted.class,
                () -> apply(
                        Operation.delete("a").ifDigest(DIGEST_B),
                        Operation.create(image("b")),
                        Operation.delete("c").ifRevision(999),
                        Operation.delete("d"),
                        Operation.create(image("e"))));

        assertEquals("0", error.details().get("operation"));
        assertViolations(error, "DIGEST a", "ABSENT b", "REVISION c", "EXISTS d");
        List<Operation> many = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            many.add(Operation.delete("missing" + i));
        }
        NotFound first = assertThrows(NotFound.class, () -> transactions().apply(Apply.of(many)));
        assertEquals("missing0", first.details().get("name"));
        assertEquals("EXISTS", first.violations().get(0).type());
    }

    @Test
    default void aConditionThatCanNeverHoldIsInvalid() {
        assertFails(
                InvalidArgument.class,
                "operations[0].condition asks for no image, and for a revision or a digest of it: it never holds:"
                        + " invalid argument",
                () -> apply(Operation.put(image("a")).on(Condition.absent().withDigest(DIGEST_A))));
        assertFails(
                InvalidArgument.class,
                "operations[0].condition.if_revision -1 must not be negative: invalid argument",
                () -> apply(Operation.put(image("a")).ifRevision(-1)));
    }

    @Test
    default void ofTwoThatChangeTheSameRevisionOneIsAborted() throws Exception {
        VersionedImage start = created(image("a", Map.of("n", "start")));
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            List<Callable<String>> writers = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                String n = "" + i;
                writers.add(() -> {
                    try {
                        apply(Operation.put(image("a", Map.of("n", n))).ifRevision(start.revision()));
                        return n;
                    } catch (Aborted e) {
                        return "aborted";
                    }
                });
            }
            List<String> outcomes = new ArrayList<>();
            for (Future<String> writer : threads.invokeAll(writers)) {
                outcomes.add(writer.get());
            }
            List<String> won = outcomes.stream()
                    .filter(outcome -> !outcome.equals("aborted"))
                    .toList();
            assertEquals(1, won.size(), outcomes::toString);
            assertEquals(won.get(0), store().get("a").labels().get("n"));
        } finally {
            threads.shutdown();
        }
    }

    @Test
    default void aLongNameDoesNotHideTheError() {
        String name = "n".repeat(3000) + "é".repeat(3000);

        ImageException error = assertThrows(ImageException.NotFound.class, () -> apply(Operation.delete(name)));

        assertEquals("NO_SUCH_IMAGE", error.reason());
        assertEquals("EXISTS", error.violations().get(0).type());
    }
}
