package dev.imaged.images;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Flow;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Subscriptions over a watch that makes its reader wait. */
@Timeout(60)
class WatchThreadTest {
    private final CountDownLatch closed = new CountDownLatch(1);

    /** A watch that brings nothing. */
    private final class Silent implements Watch {
        @Override
        public boolean hasNext() {
            try {
                closed.await();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
            return false;
        }

        @Override
        public WatchEvent next() {
            throw new AssertionError("nothing comes");
        }

        @Override
        public Position position() {
            return null;
        }

        @Override
        public void close() {
            closed.countDown();
        }
    }

    @Test
    void aSubscriberThatThrowsWhenItSubscribesLeavesNoWatch() {
        WatchThread.subscribe(options -> new Silent(), WatchOptions.namespace("ns"), new Flow.Subscriber<>() {
            @Override
            public void onSubscribe(Flow.Subscription subscription) {
                throw new IllegalStateException("from a test");
            }

            @Override
            public void onNext(WatchEvent event) {}

            @Override
            public void onError(Throwable error) {}

            @Override
            public void onComplete() {}
        });

        assertEquals(0, closed.getCount());
    }
}
