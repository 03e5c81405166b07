package dev.imaged.server.grpc;

import static dev.imaged.server.TestDaemon.KEPT;
import static dev.imaged.server.TestDaemon.STEADY;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import com.google.protobuf.FieldMask;
import com.google.protobuf.Timestamp;
import dev.imaged.internal.wire.NamespaceHeader;
import dev.imaged.proto.images.v1.CreateImageRequest;
import dev.imaged.proto.images.v1.CreateImageResponse;
import dev.imaged.proto.images.v1.DeleteImageRequest;
import dev.imaged.proto.images.v1.GetImageRequest;
import dev.imaged.proto.images.v1.GetImageResponse;
import dev.imaged.proto.images.v1.Image;
import dev.imaged.proto.images.v1.UpdateImageRequest;
import dev.imaged.proto.images.v1.UpdateImageResponse;
import dev.imaged.proto.types.Descriptor;
import dev.imaged.server.RawClient;
import dev.imaged.server.TestDaemon;
import io.grpc.Metadata;
import io.grpc.Status.Code;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What only the wire can show of the Images API: what is absent, present but empty, or sent beside the request. */
class ImagesWireTest {
    @RegisterExtension
    static final TestDaemon daemon = new TestDaemon();

    private static final String EXPIRE = "containerd.io/gc.expire";

    @ParameterizedTest
    @ValueSource(strings = {"Create", "Update"})
    void absentImageIsInvalid(String method) {
        client().call(method, STEADY, new byte[0]).requireFailure(Code.INVALID_ARGUMENT, "Image.Name required");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "target", "target annotations", "labels target"})
    void absentTargetIsInvalidWhereItIsUsed(String mask) {
        String message = "target.Digest \"\" invalid: invalid checksum digest format: invalid argument";
        Image image = Image.newBuilder().setName(KEPT).build();
        CreateImageRequest create =
                CreateImageRequest.newBuilder().setImage(image).build();
        client().call("Create", STEADY, create).requireFailure(Code.INVALID_ARGUMENT, message);
        String[] paths = mask.isEmpty() ? new String[0] : mask.split(" ", -1);
        client().call("Update", STEADY, update(image, paths).build()).requireFailure(Code.INVALID_ARGUMENT, message);
    }

    @ParameterizedTest
    @CsvSource({
        "labels, k=v, a=1",
        "labels.k, a=0 k=v old=label, a=1",
        "labels.old, a=0, a=1",
        "annotations.a, a=0 old=label, ''",
        "annotations, a=0 old=label, ''",
        "labels annotations.a, k=v, ''"
    })
    void absentTargetDoesNotMatterWhereItIsNotUsed(String mask, String labels, String annotations) {
        String namespace = "no-target-" + mask.replaceAll("[^a-z]+", "-");
        Descriptor target = TestDaemon.image("x").getTarget();
        create(
                namespace,
                TestDaemon.image("x").toBuilder()
                        .putAllLabels(Map.of("a", "0", "old", "label"))
                        .setTarget(target.toBuilder().putAnnotations("a", "1"))
                        .build());
        Image image = Image.newBuilder().setName("x").putLabels("k", "v").build();

        Image updated = update(namespace, update(image, mask.split(" ", -1)));

        assertEquals(entries(labels), updated.getLabelsMap());
        assertEquals(target.toBuilder().putAllAnnotations(entries(annotations)).build(), updated.getTarget());
        assertEquals(updated, get(namespace, "x"));
    }

    private static Map<String, String> entries(String text) {
        return Arrays.stream(text.split(" "))
                .filter(entry -> !entry.isEmpty())
                .map(entry -> entry.split("=", 2))
                .collect(Collectors.toMap(entry -> entry[0], entry -> entry[1]));
    }

    @Test
    void emptyTargetIsInvalidWhereItIsUsed() {
        Image image = Image.newBuilder()
                .setName(KEPT)
                .setTarget(Descriptor.getDefaultInstance())
                .build();
        String message = "target.Digest \"\" invalid: invalid checksum digest format: invalid argument";
        client().call(
                        "Create",
                        STEADY,
                        CreateImageRequest.newBuilder().setImage(image).build())
                .requireFailure(Code.INVALID_ARGUMENT, message);
        client().call("Update", STEADY, update(image, "target").build()).requireFailure(Code.INVALID_ARGUMENT, message);
    }

    @Test
    void emptyTargetDoesNotMatterInAnUpdateOfLabels() {
        create("labels-only", TestDaemon.image("x"));
        Image labels = Image.newBuilder()
                .setName("x")
                .setTarget(Descriptor.getDefaultInstance())
                .putLabels("a", "b")
                .build();
        Image updated = update("labels-only", update(labels, "labels"));
        assertEquals(Map.of("a", "b"), updated.getLabelsMap());
        assertEquals(TestDaemon.image("x").getTarget(), updated.getTarget());
    }

    @Test
    void maskWithoutPathsReplacesEverythingLikeNoMask() {
        Image labelled = TestDaemon.image("x").toBuilder().putLabels("a", "b").build();
        create("mask", labelled);
        UpdateImageRequest.Builder request = UpdateImageRequest.newBuilder().setImage(TestDaemon.image("x"));
        assertEquals(Map.of(), update("mask", request).getLabelsMap());

        update("mask", UpdateImageRequest.newBuilder().setImage(labelled));
        request.setUpdateMask(FieldMask.getDefaultInstance());
        assertEquals(Map.of(), update("mask", request).getLabelsMap());
    }

    @Test
    void timesOfARequestAreIgnoredAlsoOutOfRange() {
        Timestamp beyond = Timestamp.newBuilder()
                .setSeconds(Long.MAX_VALUE)
                .setNanos(Integer.MIN_VALUE)
                .build();
        Image image = TestDaemon.image("x").toBuilder()
                .setCreatedAt(beyond)
                .setUpdatedAt(beyond)
                .build();
        Image created = create("times", image);
        Image updated = update("times", UpdateImageRequest.newBuilder().setImage(image));
        assertNotEquals(beyond, created.getCreatedAt());
        assertEquals(created.getCreatedAt(), created.getUpdatedAt());
        assertEquals(created.getCreatedAt(), updated.getCreatedAt());
        assertNotEquals(beyond, updated.getUpdatedAt());
    }

    @Test
    void deleteAnswersNoBytesWithAnyEmptyTargetAndWithSync() {
        for (DeleteImageRequest.Builder request : new DeleteImageRequest.Builder[] {
            DeleteImageRequest.newBuilder(),
            DeleteImageRequest.newBuilder().setTarget(Descriptor.getDefaultInstance()),
            DeleteImageRequest.newBuilder()
                    .setTarget(Descriptor.newBuilder().setSize(1).setMediaType("other")),
            DeleteImageRequest.newBuilder().setSync(true)
        }) {
            create("delete", TestDaemon.image("x"));
            byte[] answer = client().call(
                            "Delete", "delete", request.setName("x").build())
                    .requireOk();
            assertEquals(0, answer.length);
            client().call(
                            "Get",
                            "delete",
                            GetImageRequest.newBuilder().setName("x").build())
                    .requireFailure(Code.NOT_FOUND, "image \"x\": not found");
        }
    }

    @Test
    void syncRemovesWhatHasExpired() {
        create("expire", TestDaemon.image("x"));
        create(
                "expire",
                TestDaemon.image("old").toBuilder()
                        .putLabels(EXPIRE, "2001-01-01T00:00:00Z")
                        .build());
        create(
                "expire",
                TestDaemon.image("odd").toBuilder()
                        .putLabels(EXPIRE, "yesterday")
                        .build());
        DeleteImageRequest delete =
                DeleteImageRequest.newBuilder().setName("x").setSync(true).build();
        client().call("Delete", "expire", delete).requireOk();

        client().call(
                        "Get",
                        "expire",
                        GetImageRequest.newBuilder().setName("old").build())
                .requireFailure(Code.NOT_FOUND, "image \"old\": not found");
        get("expire", "odd");
    }

    @Test
    void leaseIsLookedAtOnlyForAnImageThatExpires() {
        Metadata headers = NamespaceHeader.write("lease");
        headers.put(NamespaceHeader.LEASE, "unknown");
        CreateImageRequest plain =
                CreateImageRequest.newBuilder().setImage(TestDaemon.image("x")).build();
        CreateImageRequest expiring = CreateImageRequest.newBuilder()
                .setImage(TestDaemon.image("y").toBuilder().putLabels(EXPIRE, "2999-01-01T00:00:00Z"))
                .build();

        client().call("Create", headers, plain.toByteArray()).requireOk();
        client().call("Create", headers, expiring.toByteArray())
                .requireFailure(Code.NOT_FOUND, "does not exist: not found");
        client().call("Create", "lease", expiring).requireOk();
        client().call(
                        "Delete",
                        headers,
                        DeleteImageRequest.newBuilder().setName("y").build().toByteArray())
                .requireOk();
    }

    @Test
    void largestSizeIsKept() {
        Image image = TestDaemon.image("x").toBuilder()
                .setTarget(TestDaemon.image("x").getTarget().toBuilder().setSize(Long.MAX_VALUE))
                .build();
        assertEquals(Long.MAX_VALUE, create("size", image).getTarget().getSize());
        assertEquals(Long.MAX_VALUE, get("size", "x").getTarget().getSize());
    }

    @ParameterizedTest
    @ValueSource(strings = {"\0", "a\0", "a\nb", "\uFEFF", "\uFFFD", "\"quoted\"", " ", "e\u0301", "é", "😀"})
    void namesAreKeptAsTheyAre(String name) {
        Image created = create("names", TestDaemon.image(name));
        assertEquals(name, created.getName());
        assertEquals(created, get("names", name));
    }

    @Test
    void answersAreTheSameOverTcp() {
        Image created = create("tcp", TestDaemon.image("x"));
        assertEquals(
                created,
                daemon.tcp()
                        .call(
                                "Get",
                                "tcp",
                                GetImageRequest.newBuilder().setName("x").build())
                        .requireOk(GetImageResponse.parser())
                        .getImage());
    }

    private static RawClient client() {
        return daemon.unix();
    }

    private static Image create(String namespace, Image image) {
        return client().call(
                        "Create",
                        namespace,
                        CreateImageRequest.newBuilder().setImage(image).build())
                .requireOk(CreateImageResponse.parser())
                .getImage();
    }

    private static Image get(String namespace, String name) {
        return client().call(
                        "Get",
                        namespace,
                        GetImageRequest.newBuilder().setName(name).build())
                .requireOk(GetImageResponse.parser())
                .getImage();
    }

    private static Image update(String namespace, UpdateImageRequest.Builder request) {
        return client().call("Update", namespace, request.build())
                .requireOk(UpdateImageResponse.parser())
                .getImage();
    }

    private static UpdateImageRequest.Builder update(Image image, String... mask) {
        return UpdateImageRequest.newBuilder()
                .setImage(image)
                .setUpdateMask(FieldMask.newBuilder().addAllPaths(java.util.List.of(mask)));
    }
}
