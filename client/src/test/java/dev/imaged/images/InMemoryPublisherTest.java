package dev.imaged.images;

import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

class InMemoryPublisherTest {
    private static ImageStores stores;
    private static PublisherTck tck;

    @BeforeAll
    static void open() {
        stores = new InMemoryImageStores();
        tck = new PublisherTck(stores);
    }

    @AfterAll
    static void close() throws InterruptedException {
        tck.stop();
        stores.close();
    }

    @TestFactory
    Stream<DynamicTest> aWatchIsAPublisherAsReactiveStreamsSay() {
        return tck.tests();
    }
}
