package dev.imaged.images;

import dev.imaged.errors.ImageException;
import java.util.concurrent.Flow;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

class ListingSubscriptionTest {
    private static final VersionedImage IMAGE =
            new VersionedImage("ns", new Image("a", ContractFixture.TARGET_A), 1, 1);

    /** So many images, all the same. */
    private static final class Repeated implements Listing {
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

    @TestFactory
    Stream<DynamicTest> aListInMemoryIsAPublisherAsReactiveStreamsSay() {
        return ListTck.tests(ListingSubscriptionTest::parts, ListingSubscriptionTest::fail);
    }
}
