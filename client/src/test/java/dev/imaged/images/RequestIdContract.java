package dev.imaged.images;

import static dev.imaged.images.ContractFixture.assertNames;
import static dev.imaged.images.ContractFixture.image;
import static dev.imaged.images.TransactionsFixture.assertReason;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.imaged.errors.ImageException.InvalidArgument;
import dev.imaged.errors.ImageException.NotFound;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** A request that is sent again with its id changes nothing again. */
interface RequestIdContract extends TransactionsFixture {
    static RequestOptions id(String id) {
        return RequestOptions.DEFAULT.withRequestId(id);
    }

    @Test
    default void aRequestThatIsSentAgainGetsTheFirstAnswer() {
        created(image("same", Map.of("k", "v")));
        created(image("gone"));
        Apply request = Apply.of(
                        Operation.create(image("b", Map.of("x", "1", "y", "2", "z", "3"))),
                        Operation.put(image("same", Map.of("k", "v"))),
                        Operation.delete("gone"),
                        Operation.create(image("a")),
                        Operation.delete("missing").ignoringMissing())
                .with(id("one").withReason("why"));
        Applied first = transactions().apply(request);
        assertFalse(first.replayed());
        clock().advance(Duration.ofSeconds(1));
        store().delete("b");
        store().update(new Image("same", TARGET_B), UpdateMask.target());
        store().create(image("gone"));
        store().create(image("missing"));
        List<Image> before = store().list();

        Applied second = transactions().apply(request);

        assertTrue(second.replayed());
        assertEquals(first.results(), second.results());
        assertEquals(first.position(), second.position());
        assertEquals(before, store().list());
    }

    @Test
    default void anIdOfAnotherRequestIsRefused() {
        Apply first = Apply.of(Operation.create(image("a"))).with(id("one"));
        long revision = transactions().apply(first).position().revision();
        String message = "request_id \"one\" was used for another request, which made revision " + revision
                + ": use a new id: invalid argument";

        assertReason(
                InvalidArgument.class,
                "REQUEST_ID_REUSED",
                message,
                () -> transactions()
                        .apply(Apply.of(Operation.create(image("b"))).with(id("one"))));
        assertReason(
                InvalidArgument.class,
                "REQUEST_ID_REUSED",
                message,
                () -> transactions().apply(first.with(id("one").withReason("another"))));
        assertReason(
                InvalidArgument.class,
                "REQUEST_ID_REUSED",
                message,
                () -> transactions().undo(Undo.of(revision).with(id("one"))));
        assertNames(store().list(), "a");
    }

    @Test
    default void anIdIsForItsNamespace() {
        Apply request = Apply.of(Operation.create(image("a"))).with(id("one"));
        Transactions other = stores().transactions("other").orElseThrow();
        Applied first = transactions().apply(request);

        Applied elsewhere = other.apply(request);

        assertFalse(elsewhere.replayed());
        assertEquals(first, withoutReplay(transactions().apply(request)));
        assertEquals(elsewhere, withoutReplay(other.apply(request)));
    }

    private static Applied withoutReplay(Applied replayed) {
        assertTrue(replayed.replayed());
        return new Applied(replayed.position(), replayed.results(), false);
    }

    @Test
    default void aRequestThatFailedLeavesNoIdBehind() {
        Apply request = Apply.of(Operation.delete("a")).with(id("one"));
        assertThrows(NotFound.class, () -> transactions().apply(request));
        created(image("a"));

        assertFalse(transactions().apply(request).replayed());
        assertTrue(transactions().apply(request).replayed());
    }

    @Test
    default void aRequestThatChangedNothingLeavesNoIdBehind() {
        created(image("a"));
        Applied nothing =
                transactions().apply(Apply.of(Operation.put(image("a"))).with(id("one")));
        assertFalse(nothing.replayed());

        Applied other =
                transactions().apply(Apply.of(Operation.create(image("b"))).with(id("one")));
        assertFalse(other.replayed());
    }

    @Test
    default void anIdHasOneTo64VisibleAsciiCharacters() {
        String longest = "~".repeat(64);
        transactions().apply(Apply.of(Operation.create(image("a"))).with(id(longest)));

        for (String wrong : List.of("~".repeat(65), "a b", "é", "a\n", "\0")) {
            InvalidArgument error = assertThrows(
                    InvalidArgument.class,
                    () -> transactions()
                            .apply(Apply.of(Operation.create(image("b"))).with(id(wrong))));
            assertTrue(
                    error.getMessage().endsWith(" must have 1 to 64 visible ASCII characters: invalid argument"),
                    error.getMessage());
        }
        assertNames(store().list(), "a");
    }

    @Test
    default void aReasonHasAtMost256Bytes() {
        transactions()
                .apply(Apply.of(Operation.create(image("a"))).with(RequestOptions.DEFAULT.withReason("é".repeat(128))));

        InvalidArgument error = assertThrows(
                InvalidArgument.class,
                () -> transactions()
                        .apply(Apply.of(Operation.create(image("b")))
                                .with(RequestOptions.DEFAULT.withReason("é".repeat(128) + "x"))));

        assertTrue(
                error.getMessage().endsWith(" has 257 bytes, more than the maximum of 256 bytes: invalid argument"),
                error.getMessage());
        assertNames(store().list(), "a");
    }

    @Test
    default void ofTheSameRequestFromManyThreadsOneMakesTheCommit() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            for (int round = 0; round < 10; round++) {
                Apply request = Apply.of(
                                Operation.create(image("n" + round)),
                                Operation.put(image("last", Map.of("round", "" + round))))
                        .with(id("round" + round));
                List<Future<Applied>> answers = new ArrayList<>();
                for (int i = 0; i < 4; i++) {
                    answers.add(threads.submit(() -> transactions().apply(request)));
                }
                int made = 0;
                Set<List<Applied.Result>> results = new HashSet<>();
                for (Future<Applied> answer : answers) {
                    made += answer.get().replayed() ? 0 : 1;
                    results.add(answer.get().results());
                }
                assertEquals(1, made, "round " + round);
                assertEquals(1, results.size(), results::toString);
            }
        } finally {
            threads.shutdown();
        }
    }
}
