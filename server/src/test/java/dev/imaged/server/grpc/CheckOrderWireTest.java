package dev.imaged.server.grpc;

import static dev.imaged.server.TestDaemon.KEPT;
import static dev.imaged.server.TestDaemon.STEADY;

import com.google.protobuf.FieldMask;
import dev.imaged.proto.images.v1.CreateImageRequest;
import dev.imaged.proto.images.v1.DeleteImageRequest;
import dev.imaged.proto.images.v1.GetImageRequest;
import dev.imaged.proto.images.v1.Image;
import dev.imaged.proto.images.v1.ListImagesRequest;
import dev.imaged.proto.images.v1.UpdateImageRequest;
import dev.imaged.proto.types.Descriptor;
import dev.imaged.server.TestDaemon;
import io.grpc.Status.Code;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which of several things that are wrong decides the code: each case breaks a rule and all that come after it. */
class CheckOrderWireTest {
    @RegisterExtension
    static final TestDaemon daemon = new TestDaemon();

    private static final String NO_NAMESPACE = null;
    private static final String BAD_NAMESPACE = "a..b";
    private static final byte[] MALFORMED = {0x0A, 0x7F};

    private static final Descriptor GOOD = TestDaemon.image("x").getTarget();
    private static final Descriptor NO_MEDIA_TYPE =
            GOOD.toBuilder().clearMediaType().build();
    private static final Descriptor NO_SIZE =
            NO_MEDIA_TYPE.toBuilder().setSize(0).build();
    private static final Descriptor BAD_DIGEST =
            NO_SIZE.toBuilder().setDigest("junk").build();

    @ParameterizedTest
    @ValueSource(strings = {"Create", "Update", "Delete", "Get", "List"})
    void bodyThatCannotBeDecodedComesBeforeTheNamespace(String method) {
        daemon.unix()
                .call(method, NO_NAMESPACE, MALFORMED)
                .requireFailure(Code.INTERNAL, "grpc: error unmarshalling request: ");
        daemon.unix()
                .call(method, BAD_NAMESPACE, MALFORMED)
                .requireFailure(Code.INTERNAL, "grpc: error unmarshalling request: ");
    }

    @Test
    void createLooksAtTheNameBeforeTheNamespace() {
        Image image = broken("", BAD_DIGEST);
        create(NO_NAMESPACE, image, Code.INVALID_ARGUMENT, "Image.Name required");
        create(BAD_NAMESPACE, image, Code.INVALID_ARGUMENT, "Image.Name required");
    }

    @Test
    void createLooksAtTheNamespaceBeforeTheImage() {
        Image image = broken(KEPT, BAD_DIGEST);
        create(NO_NAMESPACE, image, Code.FAILED_PRECONDITION, "namespace is required");
        create(BAD_NAMESPACE, image, Code.INVALID_ARGUMENT, "namespace validation");
    }

    @Test
    void createLooksAtLabelsThenDigestThenSizeThenMediaTypeThenWhetherTheNameIsTaken() {
        create(STEADY, broken(KEPT, BAD_DIGEST), Code.INVALID_ARGUMENT, "image.Labels: label key and value length");
        create(STEADY, unstorable(KEPT, BAD_DIGEST), Code.INVALID_ARGUMENT, "target.Digest \"junk\" invalid");
        create(STEADY, unstorable(KEPT, NO_SIZE), Code.INVALID_ARGUMENT, "target.Size must be greater than zero");
        create(STEADY, unstorable(KEPT, NO_MEDIA_TYPE), Code.INVALID_ARGUMENT, "target.MediaType must be set");
        create(STEADY, unstorable(KEPT, GOOD), Code.ALREADY_EXISTS, "image \"kept\": already exists");
        create(STEADY, unstorable("new", GOOD), Code.INVALID_ARGUMENT, "key required");
    }

    @Test
    void updateLooksAtTheNameBeforeTheNamespace() {
        update(NO_NAMESPACE, broken("", BAD_DIGEST), Code.INVALID_ARGUMENT, "Image.Name required", "junk");
        update(BAD_NAMESPACE, broken("", BAD_DIGEST), Code.INVALID_ARGUMENT, "Image.Name required", "junk");
    }

    @Test
    void updateLooksAtTheNamespaceBeforeTheImage() {
        update(NO_NAMESPACE, broken("none", BAD_DIGEST), Code.FAILED_PRECONDITION, "namespace is required", "junk");
        update(BAD_NAMESPACE, broken("none", BAD_DIGEST), Code.INVALID_ARGUMENT, "namespace validation", "junk");
    }

    @Test
    void updateOfMissingImageIsNotFoundWhateverElseIsWrong() {
        String message = "image \"none\": not found";
        update(STEADY, TestDaemon.image("none"), Code.NOT_FOUND, message, "junk");
        update(STEADY, unstorable("none", BAD_DIGEST), Code.NOT_FOUND, message);
        update(STEADY, broken("none", GOOD), Code.NOT_FOUND, message);
    }

    @Test
    void updateLooksAtTheMaskFromLeftToRightThenAtTheResult() {
        String first = "cannot update \"first\" field on image \"kept\"";
        update(STEADY, broken(KEPT, BAD_DIGEST), Code.INVALID_ARGUMENT, first, "labels", "first", "second");
        update(STEADY, broken(KEPT, BAD_DIGEST), Code.INVALID_ARGUMENT, "image.Labels: label key and value length");
        update(STEADY, unstorable(KEPT, BAD_DIGEST), Code.INVALID_ARGUMENT, "target.Digest \"junk\" invalid");
        update(STEADY, unstorable(KEPT, NO_SIZE), Code.INVALID_ARGUMENT, "target.Size must be greater than zero");
        update(STEADY, unstorable(KEPT, NO_MEDIA_TYPE), Code.INVALID_ARGUMENT, "target.MediaType must be set");
        update(STEADY, unstorable(KEPT, GOOD), Code.INVALID_ARGUMENT, "key required");
    }

    @Test
    void deleteLooksAtTheNamespaceThenTheNameThenTheTarget() {
        delete(NO_NAMESPACE, "none", Code.FAILED_PRECONDITION, "namespace is required");
        delete(BAD_NAMESPACE, "none", Code.INVALID_ARGUMENT, "namespace validation");
        delete(STEADY, "none", Code.NOT_FOUND, "image \"none\": not found");
        delete(STEADY, "", Code.NOT_FOUND, "image \"\": not found");
        delete(STEADY, KEPT, Code.NOT_FOUND, "image \"kept\" has target " + GOOD.getDigest() + ", not junk: not found");
    }

    @Test
    void getLooksAtTheNamespaceThenTheName() {
        get(NO_NAMESPACE, "none", Code.FAILED_PRECONDITION, "namespace is required");
        get(BAD_NAMESPACE, "none", Code.INVALID_ARGUMENT, "namespace validation");
        get(STEADY, "none", Code.NOT_FOUND, "image \"none\": not found");
    }

    @Test
    void getOfAnEmptyNameIsNotFound() {
        get(NO_NAMESPACE, "", Code.FAILED_PRECONDITION, "namespace is required");
        get(STEADY, "", Code.NOT_FOUND, "image \"\": not found");
    }

    @Test
    void listLooksAtTheNamespaceThenTheFilters() {
        list(NO_NAMESPACE, Code.FAILED_PRECONDITION, "namespace is required");
        list(BAD_NAMESPACE, Code.INVALID_ARGUMENT, "namespace validation");
        list(STEADY, Code.INVALID_ARGUMENT, "filters: parse error: [name==");
        list("never-seen", Code.INVALID_ARGUMENT, "filters: parse error: [name==");
    }

    /** An image with a label that is too long. */
    private static Image broken(String name, Descriptor target) {
        return unstorable(name, target).toBuilder()
                .putLabels("long", "x".repeat(4096))
                .build();
    }

    /** An image with a label that only the storage refuses. */
    private static Image unstorable(String name, Descriptor target) {
        return Image.newBuilder()
                .setName(name)
                .setTarget(target)
                .putLabels("", "value")
                .build();
    }

    private static void create(String namespace, Image image, Code code, String message) {
        CreateImageRequest request =
                CreateImageRequest.newBuilder().setImage(image).build();
        daemon.unix().call("Create", namespace, request).requireFailure(code, message);
    }

    private static void update(String namespace, Image image, Code code, String message, String... mask) {
        UpdateImageRequest request = UpdateImageRequest.newBuilder()
                .setImage(image)
                .setUpdateMask(FieldMask.newBuilder().addAllPaths(List.of(mask)))
                .build();
        daemon.unix().call("Update", namespace, request).requireFailure(code, message);
    }

    private static void delete(String namespace, String name, Code code, String message) {
        DeleteImageRequest request = DeleteImageRequest.newBuilder()
                .setName(name)
                .setTarget(Descriptor.newBuilder().setDigest("junk"))
                .build();
        daemon.unix().call("Delete", namespace, request).requireFailure(code, message);
    }

    private static void get(String namespace, String name, Code code, String message) {
        GetImageRequest request = GetImageRequest.newBuilder().setName(name).build();
        daemon.unix().call("Get", namespace, request).requireFailure(code, message);
    }

    private static void list(String namespace, Code code, String message) {
        ListImagesRequest request =
                ListImagesRequest.newBuilder().addFilters("name==").build();
        daemon.unix().call("List", namespace, request).requireFailure(code, message);
    }
}
