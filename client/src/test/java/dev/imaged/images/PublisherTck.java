package dev.imaged.images;

import dev.imaged.oci.Descriptor;
import java.lang.reflect.Method;
import java.util.Objects;
import java.util.concurrent.Flow;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.opentest4j.TestAbortedException;
import org.reactivestreams.tck.TestEnvironment;
import org.reactivestreams.tck.flow.FlowPublisherVerification;
import org.testng.SkipException;

/** The TCK of Reactive Streams over the publisher of some stores, as tests of JUnit. Until it is stopped, images change all the time. */
public final class PublisherTck {

    private static final long PATIENCE_MILLIS = 2000;
    private static final long SILENCE_MILLIS = 20;

    private final ImageStores stores;
    private final Thread writer = new Thread(this::write, "tck-writer");
    private volatile boolean closed;

    public PublisherTck(ImageStores stores) {
        this.stores = stores;
        writer.start();
    }

    private void write() {
        ImageStore store = stores.namespace("tck");
        Image image = store.create(new Image("a", new Descriptor("m", "sha256:" + "a".repeat(64), 1)));
        while (!closed) {
            store.update(image, UpdateMask.all());
            LockSupport.parkNanos(500_000);
        }
    }

    /** Returns one test for each rule that the TCK can check. */
    public Stream<DynamicTest> tests() {
        return TckTests.of(Verification.class, this::run);
    }

    /** Tries a rule over watches as they are, or, if it is one for publishers that complete, over the first events of watches. */
    private void run(Method method) throws Throwable {
        try {
            run(method, false);
        } catch (SkipException e) {
            if (!e.getMessage().contains("onComplete")) {
                throw new TestAbortedException(e.getMessage());
            }
            run(method, true);
        }
    }

    private void run(Method method, boolean completes) throws Throwable {
        // The tests of rule 3.9 wait their whole time, because no error comes.
        long patience = method.getName().contains("spec309") ? PATIENCE_MILLIS / 4 : PATIENCE_MILLIS;
        TckTests.check(method, new Verification(stores.changes().orElseThrow(), completes, patience));
    }

    /** Ends the changes. */
    public void stop() throws InterruptedException {
        closed = true;
        writer.join();
    }

    /** Public for the TCK's reflection. */
    public static final class Verification extends FlowPublisherVerification<WatchEvent> {
        private final Changes changes;
        private final boolean completes;

        Verification(Changes changes, boolean completes, long patience) {
            super(new TestEnvironment(patience, SILENCE_MILLIS));
            this.changes = changes;
            this.completes = completes;
        }

        @Override
        public Flow.Publisher<WatchEvent> createFlowPublisher(long elements) {
            Flow.Publisher<WatchEvent> watches = changes.publisher(WatchOptions.namespace("tck"));
            return completes ? to -> FirstEvents.subscribe(watches, elements, to) : watches;
        }

        @Override
        public Flow.Publisher<WatchEvent> createFailedFlowPublisher() {
            return changes.publisher(WatchOptions.namespace("a b"));
        }

        @Override
        public long maxElementsFromPublisher() {
            return completes ? Long.MAX_VALUE - 1 : publisherUnableToSignalOnComplete();
        }
    }

    /** Passes so many events on to a subscriber, and completes then. */
    private static final class FirstEvents implements Flow.Subscriber<WatchEvent> {
        private final Flow.Subscriber<? super WatchEvent> to;
        private Flow.Subscription subscription;
        private long left;

        FirstEvents(long events, Flow.Subscriber<? super WatchEvent> to) {
            this.left = events;
            this.to = to;
        }

        static void subscribe(Flow.Publisher<WatchEvent> from, long events, Flow.Subscriber<? super WatchEvent> to) {
            from.subscribe(new FirstEvents(events, Objects.requireNonNull(to)));
        }

        @Override
        public void onSubscribe(Flow.Subscription made) {
            subscription = made;
            to.onSubscribe(made);
            completeAtTheEnd();
        }

        @Override
        public void onNext(WatchEvent event) {
            left--;
            to.onNext(event);
            completeAtTheEnd();
        }

        private void completeAtTheEnd() {
            if (left == 0) {
                subscription.cancel();
                to.onComplete();
            }
        }

        @Override
        public void onError(Throwable error) {
            to.onError(error);
        }

        @Override
        public void onComplete() {
            throw new AssertionError("a watch does not complete");
        }
    }
}
