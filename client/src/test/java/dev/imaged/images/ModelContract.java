package dev.imaged.images;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.imaged.errors.ImageException;
import dev.imaged.oci.Descriptor;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/** A long random history has the same answers as the reference in memory, errors and their messages included. */
interface ModelContract extends ContractFixture {
    @Test
    default void aRandomHistoryHasTheAnswersOfTheReference() {
        long seed = 20260801;
        Random random = new Random(seed);
        try (InMemoryImageStores reference = new InMemoryImageStores(clock())) {
            for (int step = 0; step < 1500; step++) {
                clock().advance(Duration.ofSeconds(1));
                Call call = Call.random(random);
                assertEquals(
                        answer(() -> call.on(reference)),
                        answer(() -> call.on(stores())),
                        "seed " + seed + ", step " + step + ": " + call);
            }
        }
    }

    private static String answer(Supplier<Object> call) {
        try {
            return String.valueOf(call.get());
        } catch (ImageException e) {
            return e.getClass().getSimpleName() + ": " + e.getMessage();
        }
    }

    /** One call with arguments from a few, so that they meet. */
    record Call(int kind, String namespace, Image image, UpdateMask mask, Instant epoch, List<String> filters) {
        private static final List<String> NAMES = List.of("a", "a\0", "ab", "b", "é", "\uFFFD", "😀", "");
        private static final List<String> KEYS = List.of("k", "k\0", "k.l", "containerd.io/gc.expire", "");
        private static final List<String> VALUES =
                List.of("v", "v\0", "w", "", "2026-08-01T12:30:00Z", "2000-01-01T00:00:00Z");
        private static final List<String> PATHS = List.of(
                "labels", "labels.k", "labels.k\0", "labels.k.l", "target", "annotations", "annotations.k", "bad");
        private static final List<String> DIGESTS = List.of(DIGEST_A, DIGEST_B, DIGEST_A, DIGEST_B, "junk");
        private static final List<String> FILTERS = List.of(
                "",
                "name==a",
                "name==\"a\\x00\"",
                "name~=\"^a\"",
                "labels.k",
                "labels.k==v",
                "labels.k==\"v\\x00\"",
                "labels.\"k\\x00\"==v",
                "labels.k.l!=v",
                "labels.k==v,labels.k.l",
                "target.digest==" + DIGEST_A,
                "target.digest~=\"^sha256:b\"",
                "name!=a",
                "annotations.k==v",
                "bad filter");

        static Call random(Random random) {
            return new Call(
                    random.nextInt(10),
                    pick(random, List.of("x", "xb")),
                    new Image(
                            pick(random, NAMES),
                            entries(random),
                            new Descriptor("m", pick(random, DIGESTS), 1, entries(random))),
                    new UpdateMask(several(random, PATHS)),
                    Instant.ofEpochSecond(random.nextInt(1000)),
                    several(random, FILTERS));
        }

        Object on(ImageStores stores) {
            ImageStore store = stores.namespace(namespace);
            return switch (kind) {
                case 0, 1, 2 -> store.create(image);
                case 3 -> store.create(image, WriteOptions.atEpoch(epoch));
                case 4, 5 -> store.update(image, mask);
                case 6 -> store.update(image, mask, WriteOptions.atEpoch(epoch));
                case 7 -> {
                    store.delete(
                            image.name(),
                            new DeleteOptions(
                                    epoch.getEpochSecond() % 4 == 0,
                                    epoch.getEpochSecond() % 3 == 0
                                            ? image.target().digest()
                                            : ""));
                    yield store.list();
                }
                case 8 -> store.get(image.name());
                default -> store.list(filters);
            };
        }

        private static Map<String, String> entries(Random random) {
            Map<String, String> entries = new TreeMap<>();
            for (int i = random.nextInt(4); i > 0; i--) {
                entries.put(pick(random, KEYS), pick(random, VALUES));
            }
            return entries;
        }

        private static List<String> several(Random random, List<String> from) {
            List<String> some = new ArrayList<>();
            for (int i = random.nextInt(3); i > 0; i--) {
                some.add(pick(random, from));
            }
            return some;
        }

        private static <T> T pick(Random random, List<T> from) {
            return from.get(random.nextInt(from.size()));
        }
    }
}
