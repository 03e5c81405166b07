package dev.imaged.server.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import dev.imaged.errors.ImageException.Cancelled;
import dev.imaged.images.Image;
import dev.imaged.images.TestClock;
import dev.imaged.images.UpdateMask;
import dev.imaged.images.WriteOptions;
import dev.imaged.oci.Descriptor;
import dev.imaged.proto.images.v1.ListImagesResponse;
import dev.imaged.server.engine.AnswerLimits;
import dev.imaged.server.engine.Cancellation;
import dev.imaged.server.engine.EncodedImages;
import dev.imaged.server.store.kv.MemoryDatabase;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Which lists a transport thread can afford, and that one which nobody waits for ends. */
@Timeout(60) // for what is awaited
class StoreQueryTest {
    private static final AnswerLimits MANY = new AnswerLimits(128, 512 * 1024, 16 << 20);

    private StoreEngine engine;
    private EncodedImages images;

    @BeforeEach
    void fill() throws InterruptedException {
        fill(TestStores.inMemory(new TestClock()));
        while (images.list(List.of()).answerNow(MANY) == null) { // the namespace is read on another thread
            Thread.sleep(1);
        }
    }

    private void fill(StoreEngine filled) {
        engine = filled;
        images = engine.namespace("ns");
        IntStream.range(0, 200)
                .mapToObj(i -> images.create(image(i), WriteOptions.DEFAULT))
                .toList()
                .forEach(CompletableFuture::join);
    }

    private static Image image(int i) {
        return new Image(
                "n" + i, Map.of("many", "x", "few", "x" + i % 50), new Descriptor("m", "sha256:" + "a".repeat(64), 1));
    }

    @AfterEach
    void close() {
        engine.close();
    }

    private static AnswerLimits cached(int bytes) {
        return new AnswerLimits(0, 0, bytes);
    }

    private static int count(ByteString response) throws Exception {
        return ListImagesResponse.parseFrom(response).getImagesCount();
    }

    @Test
    void fewImagesOfAnIndexAreAnsweredAtOnce() throws Exception {
        for (String filter : List.of("name==n7", "labels.few==x7", "labels.few==x7,labels.many==x")) {
            ByteString answer = images.list(List.of(filter)).answerNow(MANY);

            assertNotNull(answer, filter);
            assertEquals(count(images.list(List.of(filter)).answer(Cancellation.NONE)), count(answer), filter);
        }
    }

    @Test
    void manyImagesOfAnIndexAndScansAreNot() {
        for (String filter : List.of("name!=n7", "labels.many==x", "labels.many")) {
            assertNull(images.list(List.of(filter)).answerNow(MANY), filter);
        }
    }

    @Test
    void allImagesAreAnsweredAtOnceIfTheyAreInMemoryAndNotTooLarge() {
        ByteString all = images.list(List.of()).answer(Cancellation.NONE);
        assertEquals(all, images.list(List.of()).answerNow(cached(all.size())));
        assertNull(images.list(List.of()).answerNow(cached(all.size() - 1)));
    }

    @Test
    void withoutMemoryAllImagesAreNotAnsweredAtOnce() throws Exception {
        close();
        fill(TestStores.withoutCaches(new TestClock()));
        assertEquals(200, count(images.list(List.of()).answer(Cancellation.NONE)));
        assertNull(images.list(List.of()).answerNow(MANY));
    }

    @Test
    void aListThatNobodyWaitsForEndsEarly() {
        Cancellation afterThree = new Cancellation() {
            private int checks;

            @Override
            public void check() {
                if (++checks > 3) {
                    throw new Cancelled("the caller has disconnected", null);
                }
            }
        };
        for (String filter : List.of("labels.many", "name!=n7", "name~=7$", "name~=^n")) {
            assertThrows(Cancelled.class, () -> images.list(List.of(filter)).answer(afterThree), filter);
        }
    }

    /** Returns how often a list asks whether somebody waits for it, which it does for each image that it looks at. */
    private int looks(String filter) {
        int[] checks = new int[1];
        images.list(List.of(filter)).answer(new Cancellation() {
            @Override
            public void check() {
                checks[0]++;
            }
        });
        return checks[0];
    }

    private void assertSelectivity() {
        for (String filter :
                List.of("labels.many", "labels.many==x", "target.digest~=^sha256:a", "name~=^n", "name!=x")) {
            assertTrue(looks(filter) >= 200, filter);
        }
        for (String filter : List.of("labels.few==x7", "name==n7", "labels.few==x7,labels.many")) {
            assertTrue(looks(filter) < 50, filter);
        }
    }

    @Test
    void whatSelectsMuchIsScannedAndWhatSelectsLittleIsNot() {
        assertSelectivity();
    }

    @Test
    void withoutMemoryTooWhatSelectsLittleIsNotScanned() {
        close();
        fill(TestStores.withoutCaches(new TestClock()));
        assertSelectivity();
        assertTrue(looks("name~=^n77") < 50);
    }

    @Test
    void aListByAnIndexHasItsNamespaceReadIntoMemory() throws Exception {
        close();
        MemoryDatabase database = new MemoryDatabase(TestStores.CONTENTS);
        fill(StoreEngine.open(database, 0, new TestClock(), TestStores.RETENTION, TestStores.LIMITS));
        try (StoreEngine again = TestStores.open(database, new TestClock())) {
            EncodedImages unread = again.namespace("ns", PlanChoice.INDEX);
            assertNull(unread.list(List.of()).answerNow(MANY));
            assertEquals(200, count(unread.list(List.of("labels.many==x")).answer(Cancellation.NONE)));
            while (unread.list(List.of()).answerNow(MANY) == null) { // the namespace is read on another thread
                Thread.sleep(1);
            }
        }
    }

    @Test
    void aScanGoesOnFromTheDatabaseOnceMuchWasWritten() throws Exception {
        int[] checks = new int[1];
        ByteString answer = images.list(List.of("name!=x")).answer(new Cancellation() {
            @Override
            public void check() {
                if (++checks[0] == 10) { // when some images have been looked at
                    Image large = new Image("n0", Map.of("large", "x".repeat(3000)), image(0).target());
                    IntStream.range(0, 400)
                            .mapToObj(i -> images.update(large, UpdateMask.labels(), WriteOptions.DEFAULT))
                            .toList()
                            .forEach(CompletableFuture::join);
                }
            }
        });
        assertTrue(ListImagesResponse.parseFrom(answer).getImages(0).containsLabels("large"));
    }
}
