package dev.imaged.server.grpc;

import static dev.imaged.server.TestDaemon.STEADY;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.imaged.proto.images.v1.CreateImageRequest;
import dev.imaged.proto.images.v1.DeleteImageRequest;
import dev.imaged.proto.images.v1.GetImageRequest;
import dev.imaged.proto.images.v1.GetImageResponse;
import dev.imaged.proto.images.v1.Image;
import dev.imaged.proto.images.v1.ListImagesRequest;
import dev.imaged.proto.images.v1.ListImagesResponse;
import dev.imaged.server.RawClient;
import dev.imaged.server.TestDaemon;
import io.grpc.CallOptions;
import io.grpc.Metadata;
import io.grpc.Status.Code;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How large a message and its parts may be. */
class MessageSizeWireTest {
    @RegisterExtension
    static final TestDaemon daemon = new TestDaemon();

    private static final int MAX = 16 * 1024 * 1024;
    private static final int MIB = 1024 * 1024;

    @Test
    void requestOfAlmostSixteenMebibytesIsStored() {
        CreateImageRequest request = createOf(MAX - 4096, "x");
        client().call("Create", "almost", request).requireOk();
        Image stored = client().call("Get", "almost", get("x"))
                .requireOk(GetImageResponse.parser())
                .getImage();
        assertEquals(request.getImage().getTarget(), stored.getTarget());
    }

    @Test
    void requestOfSixteenMebibytesIsRead() {
        client().call("Get", STEADY, getOf(MAX)).requireFailure(Code.NOT_FOUND, "image \"nnn");
    }

    @ParameterizedTest
    @ValueSource(ints = {MAX + 1, MAX + 4096, 17 * MIB})
    void requestOfMoreIsRefused(int size) {
        String message = "grpc: received message larger than max (" + size + " vs. 16777216)";
        for (RawClient client : List.of(daemon.unix(), daemon.tcp())) {
            client.call("Get", STEADY, getOf(size)).requireFailure(Code.RESOURCE_EXHAUSTED, message);
            client.call("Create", STEADY, createOf(size, "x")).requireFailure(Code.RESOURCE_EXHAUSTED, message);
        }
    }

    @Test
    void compressedRequestThatGrowsBeyondSixteenMebibytesIsRefused() {
        client().callFullName(
                        "containerd.services.images.v1.Images/Get",
                        CallOptions.DEFAULT.withCompression("gzip"),
                        dev.imaged.internal.wire.NamespaceHeader.write(STEADY),
                        getOf(64 * MIB))
                .requireFailure(
                        Code.RESOURCE_EXHAUSTED,
                        "grpc: received message after decompression larger than max (16777217 vs. 16777216)");
    }

    /** In frames of an image of 16 MiB stands what would be a length of gigabytes. */
    @Test
    void onlyTheFirstBytesOfARequestAreItsLength() {
        Image image = TestDaemon.image("bytes").toBuilder()
                .setTarget(TestDaemon.image("bytes").getTarget().toBuilder()
                        .putAnnotations("a", "\u007F".repeat(MAX - 4096)))
                .build();
        CreateImageRequest create =
                CreateImageRequest.newBuilder().setImage(image).build();
        client().call("Create", "bytes", create).requireOk();
    }

    /** gRPC hands such a call over to another thread before it looks at the message. */
    @Test
    void requestOfMoreIsRefusedAlsoWhereItsHeadersSayThatItMayBeCompressed() {
        Metadata headers = dev.imaged.internal.wire.NamespaceHeader.write(STEADY);
        headers.put(Metadata.Key.of("grpc-encoding", Metadata.ASCII_STRING_MARSHALLER), "gzip");
        client().call("Get", headers, getOf(17 * MIB)).requireFailure(Code.RESOURCE_EXHAUSTED, "16777216");
    }

    @Test
    void listOfFourToSixteenMebibytesIsAnswered() {
        createMany("four", 3, 5 * MIB);
        byte[] answer = client().call("List", "four", new byte[0]).requireOk();
        assertTrue(answer.length > 15 * MIB && answer.length < MAX, answer.length + " bytes");
    }

    @Test
    void listOfMoreThanSixteenMebibytesIsRefusedAndAFilterStillHelps() {
        createMany("more", 4, 5 * MIB);
        client().call("List", "more", new byte[0])
                .requireFailure(
                        Code.RESOURCE_EXHAUSTED,
                        "grpc: trying to send message larger than max (" + bytesOfMore() + " vs. 16777216)");
        ListImagesRequest one =
                ListImagesRequest.newBuilder().addFilters("name==2").build();
        assertEquals(
                1,
                client().call("List", "more", one)
                        .requireOk(ListImagesResponse.parser())
                        .getImagesCount());
    }

    /** Of four images with an annotation that makes a request have 5 MiB; an answer has times, too, and no request around. */
    private static long bytesOfMore() {
        long bytes = 0;
        for (int i = 0; i < 4; i++) {
            bytes += client().call("Get", "more", get(String.valueOf(i))).requireOk().length;
        }
        return bytes;
    }

    @Test
    void namesMayHaveFiveMebibytes() {
        String name = "n".repeat(5 * MIB);
        CreateImageRequest create =
                CreateImageRequest.newBuilder().setImage(TestDaemon.image(name)).build();
        client().call("Create", "long", create).requireOk();
        client().call("Create", "long", create).requireFailure(Code.ALREADY_EXISTS, "image \"nnn");
        assertEquals(
                name,
                client().call("Get", "long", get(name))
                        .requireOk(GetImageResponse.parser())
                        .getImage()
                        .getName());
        client().call(
                        "Delete",
                        "long",
                        DeleteImageRequest.newBuilder().setName(name).build())
                .requireOk();
        client().call("Get", "long", get(name)).requireFailure(Code.NOT_FOUND, "image \"nnn");
    }

    /** A message travels in a header, of which a client takes 8 KiB unless it is told otherwise. */
    @ParameterizedTest
    @ValueSource(strings = {"n", "é", "\0", "日", "😀", "%"})
    void errorAboutALongNameStillArrives(String character) {
        client().call("Get", STEADY, get(character.repeat(100_000))).requireFailure(Code.NOT_FOUND, "image \"");
    }

    @Test
    void errorAboutALongFilterStillArrives() {
        ListImagesRequest request = ListImagesRequest.newBuilder()
                .addFilters("x".repeat(MIB) + "==")
                .build();
        client().call("List", STEADY, request).requireFailure(Code.INVALID_ARGUMENT, "filters: parse error: [");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 64, 4095, 4096})
    void labelMayHaveFourThousandNinetySixBytes(int keyLength) {
        String key = "k".repeat(keyLength);
        Image image = TestDaemon.image("fits" + keyLength).toBuilder()
                .putLabels(key, "v".repeat(4096 - keyLength))
                .build();
        client().call(
                        "Create",
                        "labels",
                        CreateImageRequest.newBuilder().setImage(image).build())
                .requireOk();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 64, 4096, 4097})
    void labelOfOneByteMoreIsInvalid(int keyLength) {
        String key = "k".repeat(keyLength);
        refuseLabel(key, "v".repeat(4097 - keyLength), key.substring(0, Math.min(keyLength, 64)));
    }

    @Test
    void labelsAreMeasuredInBytes() {
        refuseLabel("é".repeat(2048), "v", "é".repeat(32));
    }

    private static void refuseLabel(String key, String value, String keyInMessage) {
        Image image = TestDaemon.image("x").toBuilder().putLabels(key, value).build();
        client().call(
                        "Create",
                        STEADY,
                        CreateImageRequest.newBuilder().setImage(image).build())
                .requireFailure(
                        Code.INVALID_ARGUMENT,
                        "image.Labels: label key and value length (4097 bytes) greater than maximum size (4096 bytes),"
                                + " key: " + keyInMessage + ": invalid argument");
    }

    private static RawClient client() {
        return daemon.unix();
    }

    private static GetImageRequest get(String name) {
        return GetImageRequest.newBuilder().setName(name).build();
    }

    /** A request for a name that makes it exactly this long. */
    private static byte[] getOf(int size) {
        int overhead = get("n".repeat(size)).getSerializedSize() - size;
        byte[] request = get("n".repeat(size - overhead)).toByteArray();
        assertEquals(size, request.length);
        return request;
    }

    private static CreateImageRequest createOf(int size, String name) {
        CreateImageRequest.Builder request = CreateImageRequest.newBuilder().setImage(TestDaemon.image(name));
        var annotations = request.getImageBuilder().getTargetBuilder();
        annotations.putAnnotations("a", "v".repeat(size));
        int overhead = request.build().getSerializedSize() - size;
        annotations.putAnnotations("a", "v".repeat(size - overhead));
        assertEquals(size, request.build().getSerializedSize());
        return request.build();
    }

    private static void createMany(String namespace, int count, int size) {
        for (int i = 0; i < count; i++) {
            client().call("Create", namespace, createOf(size, String.valueOf(i)))
                    .requireOk();
        }
    }
}
