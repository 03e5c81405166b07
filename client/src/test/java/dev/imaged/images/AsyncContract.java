package dev.imaged.images;

import static dev.imaged.images.ContractFixture.image;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.imaged.errors.ImageException;
import dev.imaged.errors.ImageException.FailedPrecondition;
import dev.imaged.errors.ImageException.InvalidArgument;
import dev.imaged.errors.ImageException.NotFound;
import dev.imaged.errors.ImageException.OutOfRange;
import dev.imaged.errors.ImageException.ResourceExhausted;
import dev.imaged.errors.ImageException.Unavailable;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/**
 * What only the forms have that do not wait, of stores that have them. All else is what the contracts of the forms that wait show: those
 * are views of these.
 */
public interface AsyncContract extends TransactionsFixture, PastFixture {
    private AsyncTransactions asyncTransactions() {
        return stores().asyncTransactions("contract").orElseThrow();
    }

    private AsyncHistory asyncHistory() {
        return stores().asyncHistory("contract").orElseThrow();
    }

    private AsyncPages asyncPages() {
        return stores().asyncPages("contract").orElseThrow();
    }

    private static <T> T get(CompletableFuture<T> answer) throws Exception {
        return answer.get(60, TimeUnit.SECONDS);
    }

    /** Checks that a call does not throw and that its future fails, and returns the error. */
    private static <E extends ImageException> E assertFailed(Class<E> type, Supplier<CompletableFuture<?>> call) {
        CompletableFuture<?> answer = call.get();
        return assertInstanceOf(
                type, assertThrows(ExecutionException.class, () -> get(answer)).getCause());
    }

    @Test
    default void commitsThatFollowEachOtherNeedNoThreadThatWaits() throws Exception {
        AsyncTransactions transactions = asyncTransactions();

        Applied undone = get(transactions
                .apply(Apply.of(Operation.create(image("a")), Operation.create(image("b"))))
                .thenCompose(applied -> transactions.apply(Apply.of(Operation.delete("a"))))
                .thenCompose(
                        applied -> transactions.undo(Undo.of(applied.position().revision()))));

        assertEquals(
                List.of("a"),
                undone.results().stream().map(Applied.Result::name).toList());
        long before = undone.position().revision() - 1;
        assertFailed(NotFound.class, () -> asyncHistory().get("a", AsOf.revision(before)));
        assertEquals(
                image("a").target(),
                get(asyncHistory().get("a", AsOf.now())).image().target());
        assertEquals(3, get(asyncHistory().changes("a")).changes().size());
        Applied reverted = get(transactions.revert(Revert.of("a", AsOf.revision(before))));
        TransactionsFixture.assertKinds(reverted, Change.Kind.DELETE);
        assertEquals(
                1,
                get(asyncPages().page(PageOptions.first(ListOptions.DEFAULT)))
                        .images()
                        .size());
    }

    @Test
    default void allOfManyCallsAreCarriedOut() throws Exception {
        List<CompletableFuture<Applied>> applied = IntStream.range(0, 50)
                .mapToObj(i -> asyncTransactions().apply(Apply.of(Operation.create(image("n" + i)))))
                .toList();
        for (CompletableFuture<Applied> answer : applied) {
            get(answer);
        }

        assertEquals(50, store().list().size());
    }

    @Test
    default void aRequestThatIsSentAgainGetsTheFirstAnswerFromAFutureToo() throws Exception {
        Apply request = Apply.of(Operation.create(image("a"))).with(RequestIdContract.id("one"));
        Applied first = get(asyncTransactions().apply(request));
        Applied again = get(asyncTransactions().apply(request));

        assertTrue(again.replayed());
        assertEquals(first.position(), again.position());
        ImageException reused = assertFailed(
                InvalidArgument.class,
                () -> asyncTransactions()
                        .apply(Apply.of(Operation.create(image("b"))).with(RequestIdContract.id("one"))));
        assertEquals("REQUEST_ID_REUSED", reused.reason());
    }

    @Test
    default void whateverIsWrongFailsTheFutureAndIsNotThrown() {
        List<Operation> tooMany = IntStream.rangeClosed(0, TransactionRules.MAX_OPERATIONS)
                .mapToObj(i -> (Operation) Operation.create(image("n" + i)))
                .toList();
        assertEquals(
                "TOO_LARGE",
                assertFailed(ResourceExhausted.class, () -> asyncTransactions().apply(Apply.of(tooMany)))
                        .reason());
        String notUnicode = "\ud800";
        assertFailed(InvalidArgument.class, () -> asyncTransactions().apply(Apply.of(Operation.delete(notUnicode))));
        assertFailed(InvalidArgument.class, () -> asyncTransactions().revert(Revert.of(notUnicode, AsOf.revision(0))));
        assertFailed(
                InvalidArgument.class,
                () -> asyncTransactions().undo(Undo.of(1).with(RequestOptions.DEFAULT.withReason(notUnicode))));
        assertFailed(InvalidArgument.class, () -> asyncHistory().get(notUnicode, AsOf.now()));
        assertFailed(OutOfRange.class, () -> asyncHistory().get("a", AsOf.revision(99)));
        assertFailed(InvalidArgument.class, () -> asyncHistory().changes("a", -1, ""));
        assertFailed(
                InvalidArgument.class,
                () -> asyncPages().page(PageOptions.first(ListOptions.DEFAULT.withFilters(List.of(notUnicode)))));
        assertFailed(
                InvalidArgument.class,
                () -> asyncPages().page(PageOptions.first(ListOptions.DEFAULT).withSize(-1)));
        assertThrows(FailedPrecondition.class, () -> stores().asyncPages(""));
        assertThrows(FailedPrecondition.class, () -> stores().asyncHistory(""));
        assertThrows(FailedPrecondition.class, () -> stores().asyncTransactions(""));
    }

    @Test
    default void aStreamGivesAllImagesOfOneMomentAndCompletes() throws Exception {
        createLarge();
        List<VersionedImage> all = new ArrayList<>();
        try (Listing listing = pages().stream(ListOptions.DEFAULT)) {
            listing.forEachRemaining(all::add);
        }
        PartSubscriber subscriber = new PartSubscriber();
        asyncPages().stream(ListOptions.DEFAULT).subscribe(subscriber);
        List<VersionedImage> seen = new ArrayList<>(subscriber.next().images());
        store().create(image("n5985"));
        store().update(image("n598"), UpdateMask.all());
        store().delete("n599");
        subscriber.rest().forEach(part -> seen.addAll(part.images()));

        assertEquals(all, seen);
    }

    @Test
    default void aStreamWithoutImagesIsOneEmptyPartWithThePosition() throws Exception {
        store().create(image("a"));
        PartSubscriber subscriber = new PartSubscriber();
        asyncPages().stream(ListOptions.DEFAULT.withFilters(List.of("name==none")))
                .subscribe(subscriber);

        assertEquals(new ListPart(List.of(), now().position()), subscriber.next());
        subscriber.request(1);
        subscriber.awaitCompletion();
    }

    @Test
    default void subscribersOfOneStreamHaveListsOfTheirOwn() throws Exception {
        var publisher = asyncPages().stream(ListOptions.DEFAULT);
        PartSubscriber first = new PartSubscriber();
        publisher.subscribe(first);
        assertEquals(0, first.next().images().size());
        store().create(image("a"));
        PartSubscriber second = new PartSubscriber();
        publisher.subscribe(second);

        assertEquals(1, second.next().images().size());
    }

    @Test
    default void whateverIsWrongEndsAStreamWithAnErrorThatNeedsNoRequest() throws Exception {
        for (ListOptions wrong : List.of(
                ListOptions.DEFAULT.withFilters(List.of("name==")),
                ListOptions.DEFAULT.withFilters(List.of("\ud800")))) {
            PartSubscriber subscriber = new PartSubscriber();
            asyncPages().stream(wrong).subscribe(subscriber);
            assertInstanceOf(InvalidArgument.class, subscriber.error());
        }
        PartSubscriber ahead = new PartSubscriber();
        asyncPages().stream(ListOptions.DEFAULT.asOf(AsOf.revision(99))).subscribe(ahead);
        assertEquals(
                "REVISION_AHEAD",
                assertInstanceOf(OutOfRange.class, ahead.error()).reason());
    }

    @Test
    default void closedStoresFailFutures() {
        AsyncTransactions transactions = asyncTransactions();
        AsyncHistory history = asyncHistory();
        AsyncPages pages = asyncPages();
        stores().close();

        assertFailed(Unavailable.class, () -> transactions.apply(Apply.of(Operation.create(image("a")))));
        assertFailed(Unavailable.class, () -> history.get("a", AsOf.now()));
        assertFailed(Unavailable.class, () -> pages.page(PageOptions.first(ListOptions.DEFAULT)));
    }
}
