package dev.imaged.images;

import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.Comparator;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.opentest4j.TestAbortedException;
import org.reactivestreams.tck.flow.FlowPublisherVerification;
import org.testng.SkipException;
import org.testng.annotations.Test;

/** The TCK of Reactive Streams as tests of JUnit. */
final class TckTests {
    private TckTests() {}

    /** Runs the test of a rule. */
    interface Run {
        void run(Method rule) throws Throwable;
    }

    /** Returns one test for each rule that the TCK can check. */
    static Stream<DynamicTest> of(Class<? extends FlowPublisherVerification<?>> type, Run run) {
        return Stream.of(type.getMethods())
                .filter(method -> method.isAnnotationPresent(Test.class))
                .filter(method -> applies(method.getName()))
                .sorted(Comparator.comparing(Method::getName))
                .map(method -> dynamicTest(method.getName(), () -> run.run(method)));
    }

    /** The TCK cannot check some rules, and has some for publishers whose subscribers all get the same elements. */
    private static boolean applies(String test) {
        return !test.startsWith("untested") && !test.contains("multicast");
    }

    /** Returns one test for each rule, over a publisher that completes. */
    static Stream<DynamicTest> of(
            Class<? extends FlowPublisherVerification<?>> type, Supplier<FlowPublisherVerification<?>> verifications) {
        return of(type, rule -> {
            try {
                check(rule, verifications.get());
            } catch (SkipException e) {
                throw new TestAbortedException(e.getMessage());
            }
        });
    }

    static void check(Method rule, FlowPublisherVerification<?> verification) throws Throwable {
        verification.setUp();
        try {
            rule.invoke(verification);
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
    }
}
