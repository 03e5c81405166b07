package dev.imaged.images;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.imaged.errors.ImageException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Lists whose reader waits for parts that do not come. */
@Timeout(60)
class BlockingListingTest {
    private static final ListPart PART = new ListPart(
            List.of(new VersionedImage("ns", new Image("a", ContractFixture.TARGET_A), 1, 1)), new Position("s", 1));

    private final CompletableFuture<Void> isWaiting = new CompletableFuture<>();
    private final CompletableFuture<Void> isCancelled = new CompletableFuture<>();

    /** Sends one part, and nothing more. */
    private void sendOne(Flow.Subscriber<? super ListPart> to) {
        AtomicInteger asked = new AtomicInteger();
        to.onSubscribe(new Flow.Subscription() {
            @Override
            public void request(long count) {
                if (asked.incrementAndGet() == 1) {
                    to.onNext(PART);
                } else {
                    isWaiting.complete(null);
                }
            }

            @Override
            public void cancel() {
                isCancelled.complete(null);
            }
        });
    }

    @Test
    void closingAListWakesItsReader() {
        Listing listing = BlockingListing.open(this::sendOne);
        listing.next();
        CompletableFuture<Boolean> next = CompletableFuture.supplyAsync(listing::hasNext);
        isWaiting.join();
        listing.close();

        assertFalse(next.join());
        assertTrue(isCancelled.isDone());
    }

    @Test
    void aListWhoseReaderWasInterruptedIsNotWhole() {
        Listing listing = BlockingListing.open(this::sendOne);
        listing.next();
        Thread.currentThread().interrupt();
        assertThrows(ImageException.Cancelled.class, listing::hasNext);
        assertTrue(Thread.interrupted());

        assertTrue(isCancelled.isDone());
        assertThrows(ImageException.Cancelled.class, listing::hasNext);
        assertThrows(ImageException.Cancelled.class, listing::next);
    }

    @Test
    void aSubscriptionMayComeAfterSubscribeHasReturned() {
        Listing listing = BlockingListing.open(to -> CompletableFuture.runAsync(
                () -> sendOne(to), CompletableFuture.delayedExecutor(50, TimeUnit.MILLISECONDS)));

        assertEquals("a", listing.next().image().name());
        listing.close();
    }
}
