package dev.imaged.server.history;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.imaged.errors.ImageException.DeadlineExceeded;
import dev.imaged.images.Image;
import dev.imaged.images.ImageStore;
import dev.imaged.images.ImageStores;
import dev.imaged.images.InMemoryImageStores;
import dev.imaged.oci.Descriptor;
import dev.imaged.server.history.Finding.Property;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BinaryOperator;
import org.junit.jupiter.api.Test;

/** The only writer of an image finds writes that are refused, and reads that see something else. */
class SoleWriterTest {
    private static final int WRITES = 100;

    private static List<Finding> findings(ImageStores own, ImageStores other) throws InterruptedException {
        SoleWriter writer = new SoleWriter(0, own, other, 1);
        writer.write(() -> writer.answers() >= WRITES, () -> {});
        return writer.takeFindings();
    }

    private static void assertFound(Property property, List<Finding> findings) {
        assertTrue(findings.stream().anyMatch(finding -> finding.property() == property), findings::toString);
    }

    @Test
    void itFindsNothingWhenItsImageIsWrittenByItAlone() throws Exception {
        try (ImageStores stores = new InMemoryImageStores()) {
            assertEquals(List.of(), findings(stores, stores));
        }
    }

    @Test
    void itFindsThatAWriteIsRefused() throws Exception {
        try (ImageStores stores = new InMemoryImageStores()) {
            stores.namespace(SoleWriter.NAMESPACE)
                    .create(new Image("own-0", new Descriptor("m", "sha256:" + "a".repeat(64), 1)));
            assertFound(Property.NO_FALSE_CONFLICT, findings(stores, stores));
        }
    }

    @Test
    void itFindsNothingWhenAnswersComeTooLate() throws Exception {
        try (ImageStores stores = new InMemoryImageStores()) {
            assertEquals(List.of(), findings(late(stores), stores));
        }
    }

    /** Returns stores that carry out all writes, and answer every third of single images too late. */
    private static ImageStores late(ImageStores stores) {
        AtomicInteger calls = new AtomicInteger();
        ImageStore images = answering(ImageStore.class, stores.namespace(SoleWriter.NAMESPACE), (method, answer) -> {
            if (calls.incrementAndGet() % 3 == 0) {
                throw new DeadlineExceeded("too late", null);
            }
            return answer;
        });
        return answering(ImageStores.class, stores, (method, answer) -> method.equals("namespace") ? images : answer);
    }

    /** Returns an object that does what another one does, and answers otherwise. */
    private static <T> T answering(Class<T> type, T object, BinaryOperator<Object> answer) {
        return type.cast(Proxy.newProxyInstance(
                type.getClassLoader(),
                new Class<?>[] {type},
                (self, method, arguments) -> answer.apply(method.getName(), method.invoke(object, arguments))));
    }

    @Test
    void itFindsThatAReadDoesNotSeeWhatWasWritten() throws Exception {
        try (ImageStores stores = new InMemoryImageStores();
                ImageStores behind = new InMemoryImageStores()) {
            assertFound(Property.CURRENT, findings(stores, behind));
        }
    }
}
