package dev.imaged.images;

import java.util.concurrent.Flow;
import java.util.function.LongFunction;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.reactivestreams.tck.TestEnvironment;
import org.reactivestreams.tck.flow.FlowPublisherVerification;

/** The TCK of Reactive Streams over lists that are sent part by part. */
public final class ListTck {
    private static final long PATIENCE_MILLIS = 2000;
    private static final long SILENCE_MILLIS = 20;

    /** Enough for all rules; more parts would take memory only. */
    private static final long MAX_PARTS = 100;

    private ListTck() {}

    /**
     * Returns one test for each rule that the TCK can check.
     *
     * @param lists makes a list of so many parts
     * @param failed a list that ends with an error
     */
    public static Stream<DynamicTest> tests(
            LongFunction<Flow.Publisher<ListPart>> lists, Flow.Publisher<ListPart> failed) {
        return TckTests.of(Verification.class, () -> new Verification(lists, failed));
    }

    /** Public for the TCK's reflection. */
    public static final class Verification extends FlowPublisherVerification<ListPart> {
        private final LongFunction<Flow.Publisher<ListPart>> lists;
        private final Flow.Publisher<ListPart> failed;

        Verification(LongFunction<Flow.Publisher<ListPart>> lists, Flow.Publisher<ListPart> failed) {
            super(new TestEnvironment(PATIENCE_MILLIS, SILENCE_MILLIS));
            this.lists = lists;
            this.failed = failed;
        }

        @Override
        public Flow.Publisher<ListPart> createFlowPublisher(long elements) {
            return lists.apply(elements);
        }

        @Override
        public Flow.Publisher<ListPart> createFailedFlowPublisher() {
            return failed;
        }

        @Override
        public long maxElementsFromPublisher() {
            return MAX_PARTS;
        }
    }
}
