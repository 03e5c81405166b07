package dev.imaged.images;

import static org.junit.jupiter.api.Assertions.assertSame;

import dev.imaged.errors.ImageException;
import java.util.concurrent.Flow;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

class ListingSubscriptionTest {
    private static final VersionedImage IMAGE =
            new VersionedImage("ns", new Image("a", ContractFixture.TARGET_A), 1, 1);

    /** So many images, all the same. */
    private static class Repeated implements Listing {
        private long left;

        Repeated(long images) {
            this.left = images;
        }

        @Override
        public Position position() {
            return new Position("s", 1);
        }

        @Override
        public boolean hasNext() {
            return left > 0;
        }

        @Override
        public VersionedImage next() {
            left--;
            return IMAGE;
        }

        @Override
        public void close() {}
    }

    private static Flow.Publisher<ListPart> parts(long count) {
        return to -> ListingSubscription.subscribe(() -> new Repeated(count * ListingSubscription.PART_SIZE), to);
    }

    private static void fail(Flow.Subscriber<? super ListPart> to) {
        ListingSubscription.subscribe(
                () -> {
                    throw new ImageException.Unavailable("closed", null);
                },
                to);
    }

    @Test
    void aListingThatThrowsEndsTheSubscriptionWithItsError() {
        ImageException bug = new ImageException.DataLoss("from a test", null);
        PartSubscriber subscriber = new PartSubscriber();
        ListingSubscription.subscribe(
                () -> new Repeated(1) {
                    @Override
                    public VersionedImage next() {
                        throw bug;
                    }
                },
                subscriber);
        subscriber.request(1);

        assertSame(bug, subscriber.error());
    }

    @Test
    void aSubscriberThatCancelsWhenItSubscribesIsToldNoFailure() {
        ListingSubscriptionTest.fail(new Flow.Subscriber<>() {
            @Override
            public void onSubscribe(Flow.Subscription subscription) {
                subscription.cancel();
            }

            @Override
            public void onNext(ListPart part) {}

            @Override
            public void onError(Throwable error) {
                throw new AssertionError("a signal after the cancellation", error);
            }

            @Override
            public void onComplete() {}
        });
    }

    @TestFactory
    Stream<DynamicTest> aListInMemoryIsAPublisherAsReactiveStreamsSay() {
        return ListTck.tests(ListingSubscriptionTest::parts, ListingSubscriptionTest::fail);
    }
}
