package dev.imaged.server.grpc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.FieldMask;
import dev.imaged.proto.images.v1.CreateImageRequest;
import dev.imaged.proto.images.v1.DeleteImageRequest;
import dev.imaged.proto.images.v1.GetImageRequest;
import dev.imaged.proto.images.v1.GetImageResponse;
import dev.imaged.proto.images.v1.Image;
import dev.imaged.proto.images.v1.ListImagesRequest;
import dev.imaged.proto.images.v1.ListImagesResponse;
import dev.imaged.proto.images.v1.UpdateImageRequest;
import dev.imaged.proto.types.Descriptor;
import dev.imaged.server.RawClient;
import dev.imaged.server.RawClient.Answer;
import dev.imaged.server.TestDaemon;
import io.grpc.Status.Code;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Calls that race each other, half over the unix socket and half over TCP. */
class ConcurrencyWireTest {
    @RegisterExtension
    static final TestDaemon daemon = new TestDaemon();

    private static final int CALLERS = 8;
    private static final int ROUNDS = 50;

    private final ExecutorService threads = Executors.newFixedThreadPool(CALLERS);

    @AfterEach
    void stopThreads() {
        threads.shutdownNow();
    }

    @Test
    void exactlyOneOfRacingCreatesAndOneOfRacingDeletesWins() throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            List<Answer> created = race(caller -> {
                CreateImageRequest request = CreateImageRequest.newBuilder()
                        .setImage(TestDaemon.image("x").toBuilder().putLabels("winner", "caller" + caller))
                        .build();
                return client(caller).call("Create", "race", request);
            });
            assertEquals(Map.of(Code.OK, 1L, Code.ALREADY_EXISTS, CALLERS - 1L), codes(created));
            int winner = IntStream.range(0, CALLERS)
                    .filter(caller -> created.get(caller).status().isOk())
                    .findFirst()
                    .orElseThrow();
            assertEquals(Map.of("winner", "caller" + winner), get("race").getLabelsMap());

            DeleteImageRequest delete =
                    DeleteImageRequest.newBuilder().setName("x").build();
            List<Answer> deleted = race(caller -> client(caller).call("Delete", "race", delete));
            assertEquals(Map.of(Code.OK, 1L, Code.NOT_FOUND, CALLERS - 1L), codes(deleted));
        }
    }

    @Test
    void maskedUpdatesOfLabelsAreNeverLost() throws Exception {
        create("labels");
        race(caller -> {
            for (int round = 0; round < ROUNDS; round++) {
                String key = "caller" + caller + ".round" + round;
                Image image =
                        TestDaemon.image("x").toBuilder().putLabels(key, "set").build();
                update(caller, "labels", image, "labels." + key).requireOk();
            }
            return null;
        });
        assertEquals(CALLERS * ROUNDS, get("labels").getLabelsCount());
    }

    @Test
    void fullReplacementsNeverTear() throws Exception {
        create("tear");
        AtomicBoolean writing = new AtomicBoolean(true);
        race(caller -> {
            if (caller == 0) {
                for (int round = 0; round < 4 * ROUNDS; round++) {
                    update(0, "tear", whole(round)).requireOk();
                }
                writing.set(false);
            }
            while (writing.get()) {
                Image seen = get("tear");
                long size = seen.getTarget().getSize();
                if (size != TestDaemon.image("x").getTarget().getSize()) {
                    assertEquals(
                            whole((int) size - 1000),
                            seen.toBuilder().clearCreatedAt().clearUpdatedAt().build());
                }
            }
            return null;
        });
    }

    @Test
    void updatesNeverBringADeletedImageBack() throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            create("gone");
            List<Answer> answers = race(caller -> caller == 0
                    ? client(0)
                            .call(
                                    "Delete",
                                    "gone",
                                    DeleteImageRequest.newBuilder().setName("x").build())
                    : update(caller, "gone", TestDaemon.image("x")));
            answers.get(0).requireOk();
            assertTrue(
                    Set.of(Code.OK, Code.NOT_FOUND).containsAll(codes(answers).keySet()));
            client(0)
                    .call(
                            "Get",
                            "gone",
                            GetImageRequest.newBuilder().setName("x").build())
                    .requireFailure(Code.NOT_FOUND, "not found");
        }
    }

    @Test
    void deleteOfATargetNeverDeletesAnother() throws Exception {
        Descriptor old = TestDaemon.image("x").getTarget();
        Descriptor moved = old.toBuilder().setDigest("sha256:" + "b".repeat(64)).build();
        DeleteImageRequest deleteOld =
                DeleteImageRequest.newBuilder().setName("x").setTarget(old).build();
        Image retargeted = TestDaemon.image("x").toBuilder().setTarget(moved).build();
        for (int round = 0; round < ROUNDS; round++) {
            create("target");
            List<Answer> answers = race(caller -> caller < CALLERS / 2
                    ? client(caller).call("Delete", "target", deleteOld)
                    : update(caller, "target", retargeted, "target"));
            long deletes = answers.subList(0, CALLERS / 2).stream()
                    .filter(answer -> answer.status().isOk())
                    .count();
            long moves = answers.subList(CALLERS / 2, CALLERS).stream()
                    .filter(answer -> answer.status().isOk())
                    .count();
            // Whichever came first decides for all the others.
            assertEquals(deletes == 1 ? 0 : CALLERS / 2, moves);
            if (deletes == 0) {
                assertEquals(moved, get("target").getTarget());
                client(0)
                        .call(
                                "Delete",
                                "target",
                                DeleteImageRequest.newBuilder().setName("x").build())
                        .requireOk();
            }
        }
    }

    @Test
    void whatIsAcknowledgedToOneIsSeenByAll() throws Exception {
        create("seen");
        race(caller -> {
            String key = "caller" + caller;
            for (int round = 1; round <= ROUNDS; round++) {
                Image image = TestDaemon.image("x").toBuilder()
                        .putLabels(key, String.valueOf(round))
                        .build();
                update(caller, "seen", image, "labels." + key).requireOk();
                assertEquals(String.valueOf(round), get("seen").getLabelsOrThrow(key));
                Image listed = client(caller + 1)
                        .call("List", "seen", ListImagesRequest.getDefaultInstance())
                        .requireOk(ListImagesResponse.parser())
                        .getImages(0);
                assertEquals(String.valueOf(round), listed.getLabelsOrThrow(key));
            }
            return null;
        });
    }

    @Test
    void listIsOneSnapshot() throws Exception {
        for (String name : List.of("a", "b")) {
            createNamed("snapshot", name);
        }
        AtomicBoolean writing = new AtomicBoolean(true);
        race(caller -> {
            if (caller == 0) {
                // Always b after a, so a snapshot never has b ahead of a.
                for (int round = 1; round <= 4 * ROUNDS; round++) {
                    update(0, "snapshot", whole(round).toBuilder().setName("a").build())
                            .requireOk();
                    update(0, "snapshot", whole(round).toBuilder().setName("b").build())
                            .requireOk();
                }
                writing.set(false);
            }
            while (writing.get()) {
                List<Image> images = client(caller)
                        .call("List", "snapshot", ListImagesRequest.getDefaultInstance())
                        .requireOk(ListImagesResponse.parser())
                        .getImagesList();
                long ahead = images.get(0).getTarget().getSize()
                        - images.get(1).getTarget().getSize();
                assertTrue(ahead == 0 || ahead == 1 || ahead == 994, "a is " + ahead + " ahead of b");
            }
            return null;
        });
    }

    /** An image of which each part tells the round. */
    private static Image whole(int round) {
        Image image = TestDaemon.image("x");
        return image.toBuilder()
                .putLabels("round", String.valueOf(round))
                .setTarget(image.getTarget().toBuilder()
                        .setSize(1000L + round)
                        .setMediaType("m" + round)
                        .putAnnotations("round", String.valueOf(round)))
                .build();
    }

    private static RawClient client(int caller) {
        return caller % 2 == 0 ? daemon.unix() : daemon.tcp();
    }

    private static void create(String namespace) {
        createNamed(namespace, "x");
    }

    private static void createNamed(String namespace, String name) {
        CreateImageRequest request =
                CreateImageRequest.newBuilder().setImage(TestDaemon.image(name)).build();
        client(0).call("Create", namespace, request).requireOk();
    }

    private static Answer update(int caller, String namespace, Image image, String... mask) {
        UpdateImageRequest request = UpdateImageRequest.newBuilder()
                .setImage(image)
                .setUpdateMask(FieldMask.newBuilder().addAllPaths(List.of(mask)))
                .build();
        return client(caller).call("Update", namespace, request);
    }

    private static Image get(String namespace) {
        return client(1)
                .call(
                        "Get",
                        namespace,
                        GetImageRequest.newBuilder().setName("x").build())
                .requireOk(GetImageResponse.parser())
                .getImage();
    }

    private static Map<Code, Long> codes(List<Answer> answers) {
        return answers.stream().collect(Collectors.groupingBy(Answer::code, Collectors.counting()));
    }

    /** Lets all callers begin at once and returns their results in the order of the callers. */
    private <T> List<T> race(Function<Integer, T> body) throws Exception {
        CyclicBarrier start = new CyclicBarrier(CALLERS);
        List<Callable<T>> tasks = new ArrayList<>();
        for (int caller = 0; caller < CALLERS; caller++) {
            int number = caller;
            tasks.add(() -> {
                start.await();
                return body.apply(number);
            });
        }
        List<T> results = new ArrayList<>();
        for (Future<T> future : threads.invokeAll(tasks)) {
            results.add(future.get());
        }
        return results;
    }
}
