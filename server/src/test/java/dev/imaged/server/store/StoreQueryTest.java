package dev.imaged.server.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import com.google.protobuf.ByteString;
import dev.imaged.images.Image;
import dev.imaged.images.TestClock;
import dev.imaged.images.WriteOptions;
import dev.imaged.oci.Descriptor;
import dev.imaged.proto.images.v1.ListImagesResponse;
import dev.imaged.server.engine.EncodedImages;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Which lists a transport thread can afford, and that one which nobody waits for ends. */
class StoreQueryTest {
    private static final long MANY_BYTES = 1 << 20;

    private StoreEngine engine;
    private EncodedImages images;

    @BeforeEach
    void fill() {
        engine = TestStores.inMemory(new TestClock());
        images = engine.namespace("ns");
        IntStream.range(0, 200)
                .mapToObj(i -> images.create(
                        new Image(
                                "n" + i,
                                Map.of("many", "x", "few", "x" + i % 50),
                                new Descriptor("m", "sha256:" + "a".repeat(64), 1)),
                        WriteOptions.DEFAULT))
                .toList()
                .forEach(CompletableFuture::join);
    }

    @AfterEach
    void close() {
        engine.close();
    }

    private static int count(ByteString response) throws Exception {
        return ListImagesResponse.parseFrom(response).getImagesCount();
    }

    @Test
    void fewImagesOfAnIndexAreAnsweredAtOnce() throws Exception {
        for (String filter : List.of("name==n7", "labels.few==x7", "labels.few==x7,labels.many==x")) {
            ByteString answer = images.list(List.of(filter)).runAtOnce(MANY_BYTES);

            assertNotNull(answer, filter);
            assertEquals(count(images.list(List.of(filter)).run(() -> false)), count(answer), filter);
        }
    }

    @Test
    void manyImagesScansAndRegexpsAreNot() {
        for (String filter : List.of("", "name!=n7", "labels.many==x", "labels.many", "name==n7,labels.few~=x")) {
            assertNull(images.list(List.of(filter)).runAtOnce(MANY_BYTES), filter);
        }
    }

    @Test
    void aListThatNobodyWaitsForEndsEarly() throws Exception {
        assertEquals(1, count(images.list(List.of()).run(() -> true)));
        assertEquals(0, count(images.list(List.of("labels.many")).run(() -> true)));
    }

    @Test
    void aListIsAnsweredAtOnceWhenItIsKeptAndNotTooLarge() {
        assertNull(images.list(List.of()).runAtOnce(MANY_BYTES));
        ByteString all = images.list(List.of()).run(() -> false);
        assertEquals(all, images.list(List.of()).runAtOnce(all.size()));
        assertNull(images.list(List.of()).runAtOnce(all.size() - 1));
    }
}
