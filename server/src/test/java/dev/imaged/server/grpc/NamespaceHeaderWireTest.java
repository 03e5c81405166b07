package dev.imaged.server.grpc;

import static dev.imaged.server.TestDaemon.KEPT;
import static dev.imaged.server.TestDaemon.STEADY;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.MessageLite;
import dev.imaged.proto.images.v1.CreateImageRequest;
import dev.imaged.proto.images.v1.DeleteImageRequest;
import dev.imaged.proto.images.v1.GetImageRequest;
import dev.imaged.proto.images.v1.GetImageResponse;
import dev.imaged.proto.images.v1.ListImagesRequest;
import dev.imaged.proto.images.v1.UpdateImageRequest;
import dev.imaged.server.RawClient.Answer;
import dev.imaged.server.TestDaemon;
import io.grpc.InternalMetadata;
import io.grpc.Metadata;
import io.grpc.Status.Code;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The header that names the namespace. */
class NamespaceHeaderWireTest {
    @RegisterExtension
    static final TestDaemon daemon = new TestDaemon();

    private static final GetImageRequest GET_KEPT =
            GetImageRequest.newBuilder().setName(KEPT).build();

    static final Map<String, MessageLite> REQUESTS = Map.of(
            "Create", create("x"),
            "Update",
                    UpdateImageRequest.newBuilder()
                            .setImage(TestDaemon.image("x"))
                            .build(),
            "Delete", DeleteImageRequest.newBuilder().setName("x").build(),
            "Get", GetImageRequest.newBuilder().setName("x").build(),
            "List", ListImagesRequest.getDefaultInstance());

    static final Iterable<String> METHODS = REQUESTS.keySet();

    @ParameterizedTest
    @FieldSource("METHODS")
    void everyMethodNeedsIt(String method) {
        String message = "namespace is required: failed precondition";
        call(method).requireFailure(Code.FAILED_PRECONDITION, message);
        call(method, "").requireFailure(Code.FAILED_PRECONDITION, message);
    }

    @ParameterizedTest
    @FieldSource("METHODS")
    void everyMethodChecksIt(String method) {
        call(method, "a..b")
                .requireFailure(
                        Code.INVALID_ARGUMENT,
                        "namespace validation: identifier \"a..b\" must match"
                                + " ^[A-Za-z0-9]+(?:[._-](?:[A-Za-z0-9]+))*$: invalid argument");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                " ", "a b", "a..b", "a--b", "a._b", ".a", "-a", "_a", "a.", "a-", "a_", "a/b", "a:b", "a@b", "a*",
                "a,b", ".", ".."
            })
    void namesThatBreakThePatternAreRejected(String namespace) {
        call("List", namespace).requireFailure(Code.INVALID_ARGUMENT, "must match");
    }

    @ParameterizedTest
    @ValueSource(strings = {"a", "A", "0", "a.b", "a-b", "a_b", "a.b-c_d", "version", "k8s.io"})
    void namesOfThePatternAreAccepted(String namespace) {
        call("List", namespace).requireOk();
    }

    @Test
    void seventySixCharactersAreTheMost() {
        call("List", "x".repeat(76)).requireOk();
        call("List", "x".repeat(77))
                .requireFailure(
                        Code.INVALID_ARGUMENT,
                        "namespace validation: identifier \"" + "x".repeat(77)
                                + "\" greater than maximum length (76 characters): invalid argument");
    }

    @Test
    void lengthIsCheckedBeforeThePattern() {
        call("List", "..".repeat(39)).requireFailure(Code.INVALID_ARGUMENT, "greater than maximum length");
    }

    @Test
    void namespaceOfSixtyKilobytesIsTooLongLikeAnyOther() {
        call("List", "x".repeat(60_000))
                .requireFailure(Code.INVALID_ARGUMENT, "namespace validation: identifier \"xxx");
    }

    @ParameterizedTest
    @ValueSource(strings = {"é", "日本", "a\u00A0b"})
    void bytesThatAreNoAsciiAreRejected(String namespace) throws Exception {
        try (RawHttp2 peer = new RawHttp2(daemon.addresses().get(0))) {
            Map<String, String> headers = peer.greet()
                    .call(
                            1,
                            "/containerd.services.images.v1.Images/List",
                            "application/grpc",
                            "containerd-namespace",
                            namespace)
                    .message(1, new byte[0])
                    .awaitEnd(1);
            assertEquals("3", headers.get("grpc-status"));
            assertTrue(headers.get("grpc-message").startsWith("namespace validation: identifier "));
        }
    }

    @Test
    void ofTwoValuesTheFirstCounts() {
        call("Get", GET_KEPT, STEADY, "other").requireOk();
        call("Get", GET_KEPT, "other", STEADY).requireFailure(Code.NOT_FOUND, "image \"kept\": not found");
        call("Get", GET_KEPT, STEADY, "a..b").requireOk();
        call("Get", GET_KEPT, "", STEADY).requireFailure(Code.FAILED_PRECONDITION, "namespace is required");
    }

    @Test
    void headerOfTtrpcDoesNotCount() {
        Metadata headers = new Metadata();
        headers.put(Metadata.Key.of("containerd-namespace-ttrpc", Metadata.ASCII_STRING_MARSHALLER), STEADY);
        daemon.unix()
                .call("Get", headers, GET_KEPT.toByteArray())
                .requireFailure(Code.FAILED_PRECONDITION, "namespace is required");
    }

    @Test
    void unknownNamespaceIsEmpty() {
        call("Get", "unknown").requireFailure(Code.NOT_FOUND, "image \"x\": not found");
        call("Delete", "unknown").requireFailure(Code.NOT_FOUND, "image \"x\": not found");
        call("Update", "unknown").requireFailure(Code.NOT_FOUND, "image \"x\": not found");
        assertArrayEquals(new byte[0], call("List", "unknown").requireOk(), "an empty list has no bytes");
    }

    @Test
    void firstCreateMakesTheNamespace() {
        call("Create", "made").requireOk();
        call("Get", "made").requireOk();
    }

    @Test
    void namespaceCalledVersionIsLikeAnyOther() {
        call("Create", "version").requireOk();
        call("Update", "version").requireOk();
        assertEquals(
                "x",
                call("Get", "version")
                        .requireOk(GetImageResponse.parser())
                        .getImage()
                        .getName());
        call("Delete", "version").requireOk();
    }

    @ParameterizedTest
    @ValueSource(strings = {"Steady", "STEADY", "stead", "steady0", "steady.a"})
    void namespacesDoNotLeakIntoEachOther(String similar) {
        call("Get", GET_KEPT, similar).requireFailure(Code.NOT_FOUND, "image \"kept\": not found");
        assertEquals(0, call("List", similar).requireOk().length);
    }

    private static CreateImageRequest create(String name) {
        return CreateImageRequest.newBuilder().setImage(TestDaemon.image(name)).build();
    }

    private static Answer call(String method, String... namespaces) {
        return call(method, REQUESTS.get(method), namespaces);
    }

    private static Answer call(String method, MessageLite request, String... namespaces) {
        Metadata headers = new Metadata();
        for (String namespace : namespaces) {
            headers.put(
                    InternalMetadata.keyOf("containerd-namespace", new AsIs()),
                    namespace.getBytes(StandardCharsets.UTF_8));
        }
        return daemon.unix().call(method, headers, request.toByteArray());
    }

    /** Sends the bytes of a header as they are. */
    private static final class AsIs implements InternalMetadata.TrustedAsciiMarshaller<byte[]> {
        @Override
        public byte[] toAsciiString(byte[] value) {
            return value;
        }

        @Override
        public byte[] parseAsciiString(byte[] serialized) {
            return serialized;
        }
    }
}
