package dev.imaged.server.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import dev.imaged.filters.Filters;
import dev.imaged.images.Image;
import dev.imaged.images.ImageStore;
import dev.imaged.images.TestClock;
import dev.imaged.images.UpdateMask;
import dev.imaged.images.WriteOptions;
import dev.imaged.internal.text.Utf8Order;
import dev.imaged.internal.wire.ImageProtos;
import dev.imaged.proto.images.v1.ListImagesResponse;
import dev.imaged.server.engine.AnswerLimits;
import dev.imaged.server.engine.Cancellation;
import dev.imaged.server.engine.DecodedImageStores;
import dev.imaged.server.engine.EncodedImages;
import dev.imaged.server.engine.EncodedResponse;
import dev.imaged.server.store.record.RandomImages;
import dev.imaged.server.xodus.Engines;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The plain reading of random filters over random images, each image looked at in the order of names, is the oracle of
 * what the engine plans with its indexes and of what it scans, with lists kept in memory and without, in the midst of
 * writes. {@code -Dimaged.filters=1000000 -Dimaged.filters.seed=2} is a long run of another seed.
 */
class FilterOracleTest {
    private static final int FILTERS = Integer.getInteger("imaged.filters", 5000);
    private static final long SEED = Long.getLong("imaged.filters.seed", 20260801);

    private static final long NO_CACHE_BYTES = 0;

    private static final int FILTERS_FOR_A_WRITE = 6;
    private static final int MAX_IMAGES = 60;
    private static final int MANY = 1000;

    @TempDir
    Path folder;

    private final Random random = new Random(SEED);
    private final RandomImages images = new RandomImages(random);
    private final TestClock clock = new TestClock();
    private final Map<String, Map<String, Image>> reference = Map.of(
            "x", new TreeMap<>(Utf8Order.COMPARATOR),
            "xb", new TreeMap<>(Utf8Order.COMPARATOR));
    private int indexed;
    private int partial;

    @Test
    void whatIsPlannedAndWhatIsScannedAreWhatIsRead() {
        try (StoreEngine caching = Engines.open(folder.resolve("caching"), clock);
                StoreEngine plain = StoreEngine.open(
                        Engines.database(folder.resolve("plain")),
                        NO_CACHE_BYTES,
                        clock,
                        TestStores.RETENTION,
                        TestStores.LIMITS);
                StoreEngine memory = TestStores.inMemory(clock)) {
            List<StoreEngine> engines = List.of(caching, plain, memory);
            for (int i = 0; i < FILTERS; i++) {
                String namespace = random.nextInt(4) == 0 ? "xb" : "x";
                while (random.nextInt(FILTERS_FOR_A_WRITE) == 0
                        || reference.get(namespace).size() < MAX_IMAGES / 2) {
                    write(namespace, engines);
                }
                List<String> filters = images.filters();
                String where = "seed " + SEED + ", filters " + i + ": " + filters;
                List<Image> expected = read(namespace, filters);
                for (StoreEngine engine : engines) {
                    requireLists(engine, namespace, filters, expected, where);
                }
                count(namespace, filters, expected);
            }
        }
        assertTrue(indexed > FILTERS / 10 && indexed < FILTERS * 9 / 10, indexed + " of an index");
        assertTrue(partial > FILTERS / 10, partial + " that match some images and not all");
    }

    private List<Image> read(String namespace, List<String> filters) {
        Filters parsed = Filters.parse(filters);
        return reference.get(namespace).values().stream()
                .filter(parsed::matches)
                .toList();
    }

    /** Any number of images is selected out of {@value #MANY}, by every index, so that every plan is chosen somewhere. */
    @Test
    void whateverIsSelectedIsWhatIsRead() throws InterruptedException {
        Map<String, Image> known = reference.get("x");
        for (int i = 0; i < MANY; i++) {
            known.put(SelectiveImages.image(i).name(), SelectiveImages.image(i));
        }
        try (StoreEngine caching = Engines.open(folder.resolve("caching"), clock);
                StoreEngine plain = StoreEngine.open(
                        Engines.database(folder.resolve("plain")),
                        NO_CACHE_BYTES,
                        clock,
                        TestStores.RETENTION,
                        TestStores.LIMITS)) {
            for (StoreEngine engine : List.of(caching, plain)) {
                known.values().stream()
                        .map(image -> engine.namespace("x").create(image, WriteOptions.atEpoch(Instant.EPOCH)))
                        .toList()
                        .forEach(CompletableFuture::join);
                if (engine == caching) {
                    awaitInMemory(engine.namespace("x"));
                }
                requireSelections(engine);
            }
        }
    }

    private static void awaitInMemory(EncodedImages images) throws InterruptedException {
        while (images.list(List.of()).answerNow(new AnswerLimits(0, 0, 16 << 20)) == null) {
            Thread.sleep(1);
        }
    }

    private void requireSelections(StoreEngine engine) {
        for (List<String> filters : SelectiveImages.filters(MANY)) {
            EncodedResponse expected = new EncodedResponse();
            read("x", filters)
                    .forEach(image -> expected.add(ImageProtos.toProto(image).toByteString()));
            ByteString answer = expected.build();
            for (PlanChoice choice : PlanChoice.values()) {
                ByteString listed = engine.namespace("x", choice).list(filters).answer(Cancellation.NONE);
                assertTrue(answer.equals(listed), filters + ", " + choice);
            }
        }
    }

    private static void requireLists(
            StoreEngine engine, String namespace, List<String> filters, List<Image> expected, String where) {
        for (PlanChoice choice : PlanChoice.values()) {
            EncodedImages stored = engine.namespace(namespace, choice);
            ByteString small = stored.list(filters).answerNow(new AnswerLimits(128, 512 * 1024, Integer.MAX_VALUE));
            if (small != null) {
                assertEquals(expected, decode(small), where + ", on a thread of the transport");
            }
            assertEquals(expected, decode(stored.list(filters).answer(Cancellation.NONE)), where + ", " + choice);
        }
    }

    private static List<Image> decode(ByteString response) {
        try {
            return ListImagesResponse.parseFrom(response).getImagesList().stream()
                    .map(ImageProtos::fromProto)
                    .toList();
        } catch (com.google.protobuf.InvalidProtocolBufferException e) {
            throw new AssertionError(e);
        }
    }

    /** Keeps count of what was asked, so that the comparison says something. */
    private void count(String namespace, List<String> filters, List<Image> expected) {
        indexed += QueryPlan.of(namespace, Filters.parse(filters)).isIndexed() ? 1 : 0;
        partial += !expected.isEmpty()
                        && expected.size() < reference.get(namespace).size()
                ? 1
                : 0;
    }

    private void write(String namespace, List<StoreEngine> engines) {
        clock.advance(Duration.ofSeconds(1));
        Map<String, Image> known = reference.get(namespace);
        Image image = images.image();
        boolean delete = random.nextInt(4) == 0 || known.size() >= MAX_IMAGES;
        Image present = known.get(image.name());
        if (present == null && delete && !known.isEmpty()) {
            present = List.copyOf(known.values()).get(random.nextInt(known.size()));
        }
        Image result = null;
        for (StoreEngine engine : engines) {
            ImageStore store = new DecodedImageStores(engine).namespace(namespace);
            if (present == null) {
                result = store.create(image);
            } else if (delete) {
                store.delete(present.name());
            } else {
                result = store.update(image, UpdateMask.all());
            }
        }
        if (result == null) {
            known.remove(present.name());
        } else {
            known.put(result.name(), result);
        }
    }
}
