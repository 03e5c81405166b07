package dev.imaged.images;

import static dev.imaged.images.ContractFixture.image;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import dev.imaged.errors.ImageException.InvalidArgument;
import dev.imaged.errors.ImageException.OutOfRange;
import dev.imaged.errors.ImageException.Unavailable;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What a watch tells those who subscribe to it. */
interface PublisherContract extends PastFixture {
    WatchOptions NAMESPACE = WatchOptions.namespace("contract");

    private TestSubscriber subscribe(WatchOptions options) {
        TestSubscriber subscriber = new TestSubscriber();
        stores().changes().orElseThrow().publisher(options).subscribe(subscriber);
        return subscriber;
    }

    private static Stream<String> names(WatchEvent event) {
        return event instanceof WatchEvent.Changed changed
                ? changed.changes().stream().map(WatchedChange::name)
                : Stream.of();
    }

    /** Returns the names of the next changes; signs of life may come before them. */
    private static List<String> nextNames(TestSubscriber subscriber) {
        List<String> names = List.of();
        while (names.isEmpty()) {
            names = names(subscriber.next()).toList();
        }
        return names;
    }

    @Test
    default void aSubscriberGetsTheSnapshotAndThenEachChangeOnceAndInOrder() {
        store().create(image("a"));
        try (TestSubscriber subscriber = subscribe(NAMESPACE.withSnapshot())) {
            WatchEvent.Snapshot first = assertInstanceOf(WatchEvent.Snapshot.class, subscriber.next());
            assertEquals("a", first.images().get(0).image().name());
            assertInstanceOf(WatchEvent.Synced.class, subscriber.next());
            List<String> created = IntStream.range(0, 50).mapToObj(i -> "n" + i).toList();
            created.forEach(name -> store().create(image(name)));

            List<String> seen = new ArrayList<>();
            while (seen.size() < created.size()) {
                seen.addAll(nextNames(subscriber));
            }
            assertEquals(created, seen);
        }
    }

    @Test
    default void aWatchStartsWhenItsSubscriberSubscribesAndNotWhenItAsks() {
        Position before = now().position();
        try (TestSubscriber subscriber = subscribe(NAMESPACE.after(before))) {
            store().create(image("a"));

            assertEquals(List.of("a"), nextNames(subscriber));
        }
    }

    @Test
    default void aSubscriberGetsNoMoreThanItAsksFor() {
        try (TestSubscriber idle = subscribe(NAMESPACE);
                TestSubscriber busy = subscribe(NAMESPACE)) {
            idle.next();
            busy.next();
            for (int i = 0; i < 20; i++) {
                store().create(image("n" + i));
                assertEquals(List.of("n" + i), nextNames(busy));
            }

            assertEquals(1, idle.received());
            List<String> rest = new ArrayList<>();
            while (rest.size() < 20) {
                rest.addAll(nextNames(idle));
            }
            assertEquals(IntStream.range(0, 20).mapToObj(i -> "n" + i).toList(), rest);
        }
    }

    @Test
    default void subscribersOfOnePublisherHaveWatchesOfTheirOwn() {
        var publisher = stores().changes().orElseThrow().publisher(NAMESPACE);
        TestSubscriber first = new TestSubscriber();
        TestSubscriber second = new TestSubscriber();
        publisher.subscribe(first);
        publisher.subscribe(second);
        first.next();
        second.next();
        first.close();
        store().create(image("a"));

        assertEquals(List.of("a"), nextNames(second));
        assertEquals(1, first.received());
        second.close();
    }

    @Test
    default void aLostPositionIsAnErrorWithItsReasonAndNeedsNoRequest() {
        try (TestSubscriber subscriber = subscribe(NAMESPACE.after(new Position("another", 1)))) {
            OutOfRange lost = assertInstanceOf(OutOfRange.class, subscriber.error());

            assertEquals("OTHER_STORE", lost.reason());
            assertEquals(0, subscriber.received());
        }
    }

    @Test
    default void filtersAndNamespacesThatBreakARuleAreAnError() {
        for (WatchOptions wrong : List.of(NAMESPACE.filters(List.of("name==")), WatchOptions.namespace("a b"))) {
            try (TestSubscriber subscriber = subscribe(wrong)) {
                assertInstanceOf(InvalidArgument.class, subscriber.error());
            }
        }
    }

    @Test
    default void closingTheStoresEndsASubscriptionWithAnError() {
        try (TestSubscriber subscriber = subscribe(NAMESPACE)) {
            subscriber.next();
            subscriber.request(1);

            stores().close();

            assertInstanceOf(Unavailable.class, subscriber.error());
        }
    }
}
