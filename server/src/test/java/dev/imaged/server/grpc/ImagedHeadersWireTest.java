package dev.imaged.server.grpc;

import static dev.imaged.server.TestDaemon.STEADY;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.MessageLite;
import com.google.rpc.ErrorInfo;
import dev.imaged.internal.wire.ImageProtos;
import dev.imaged.internal.wire.NamespaceHeader;
import dev.imaged.proto.images.v1.CreateImageRequest;
import dev.imaged.proto.images.v1.CreateImageResponse;
import dev.imaged.proto.images.v1.DeleteImageRequest;
import dev.imaged.proto.images.v1.GetImageRequest;
import dev.imaged.proto.images.v1.GetImageResponse;
import dev.imaged.proto.images.v1.Image;
import dev.imaged.proto.images.v1.ListImagesRequest;
import dev.imaged.proto.images.v1.ListImagesResponse;
import dev.imaged.proto.images.v1.UpdateImageRequest;
import dev.imaged.proto.images.v1.UpdateImageResponse;
import dev.imaged.proto.types.Descriptor;
import dev.imaged.server.RawClient.Answer;
import dev.imaged.server.TestDaemon;
import io.grpc.Metadata;
import io.grpc.Status.Code;
import io.grpc.protobuf.ProtoUtils;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Callers of the Images API reach conditions, request ids and revisions by headers. */
class ImagedHeadersWireTest {
    @RegisterExtension
    static final TestDaemon daemon = new TestDaemon();

    private static final String WANT = "imaged-want: revision";
    private static final String OTHER = "sha256:" + "b".repeat(64);
    private static final Metadata.Key<com.google.rpc.Status> DETAILS = Metadata.Key.of(
            "grpc-status-details-bin", ProtoUtils.metadataMarshaller(com.google.rpc.Status.getDefaultInstance()));

    private static Answer call(String namespace, String method, MessageLite request, String... headers) {
        Metadata all = NamespaceHeader.write(namespace);
        for (String header : headers) {
            String[] parts = header.split(": ", 2);
            all.put(key(parts[0]), parts[1]);
        }
        return daemon.unix().call(method, all, request.toByteArray());
    }

    private static Metadata.Key<String> key(String name) {
        return Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER);
    }

    private static long revision(Answer answer) {
        assertNotNull(answer.headers().get(key("imaged-store")));
        return Long.parseLong(answer.headers().get(key("imaged-revision")));
    }

    private static void requireReason(Answer answer, Code code, String reason) {
        assertEquals(code, answer.code(), answer.status().toString());
        com.google.rpc.Status details = answer.trailers().get(DETAILS);
        assertNotNull(details, answer.status().toString());
        assertEquals(answer.status().getDescription(), details.getMessage()); // which clients in Go show
        try {
            assertEquals(reason, details.getDetails(0).unpack(ErrorInfo.class).getReason());
        } catch (InvalidProtocolBufferException e) {
            throw new AssertionError(e);
        }
    }

    private static CreateImageRequest create(String name) {
        return CreateImageRequest.newBuilder().setImage(TestDaemon.image(name)).build();
    }

    private static CreateImageRequest create(String name, String digest) {
        Image image = TestDaemon.image(name);
        Descriptor target = image.getTarget().toBuilder().setDigest(digest).build();
        return CreateImageRequest.newBuilder()
                .setImage(image.toBuilder().setTarget(target))
                .build();
    }

    private static UpdateImageRequest update(String name, String label) {
        return UpdateImageRequest.newBuilder()
                .setImage(TestDaemon.image(name).toBuilder().putLabels("k", label))
                .build();
    }

    private static DeleteImageRequest delete(String name) {
        return DeleteImageRequest.newBuilder().setName(name).build();
    }

    private static GetImageRequest get(String name) {
        return GetImageRequest.newBuilder().setName(name).build();
    }

    @Test
    void aCallWithoutOurHeadersIsAnsweredWithoutThem() {
        Answer answer = call("without", "Create", create("a"));

        answer.requireOk();
        assertNull(answer.headers().get(key("imaged-revision")));
        assertNull(answer.headers().get(key("imaged-store")));
    }

    @Test
    void eachCallThatWantsItIsAnsweredWithItsRevision() {
        Answer created = call("want", "Create", create("a"), WANT);
        created.requireOk(CreateImageResponse.parser());
        long revision = revision(created);
        Answer got = call("want", "Get", get("a"), WANT);
        assertEquals("a", got.requireOk(GetImageResponse.parser()).getImage().getName());
        assertEquals(revision, revision(got));
        Answer updated = call("want", "Update", update("a", "v"), WANT);
        assertEquals(
                "v", updated.requireOk(UpdateImageResponse.parser()).getImage().getLabelsOrThrow("k"));
        assertTrue(revision(updated) > revision);
        call("want", "Create", create("b")).requireOk();
        Answer listed = call(
                "want",
                "List",
                ListImagesRequest.newBuilder().addFilters("name==a").build(),
                WANT);
        assertEquals(1, listed.requireOk(ListImagesResponse.parser()).getImagesCount());
        assertEquals(revision(updated) + 1, revision(listed));
        Answer deleted = call("want", "Delete", delete("a"), WANT);
        assertEquals(0, deleted.requireOk().length);
        assertEquals(revision(listed) + 1, revision(deleted));
    }

    @Test
    void anImageAndAListAreReadAsTheyWere() {
        long created = revision(call("past", "Create", create("a"), WANT));
        call("past", "Create", create("b")).requireOk();
        call("past", "Delete", delete("a")).requireOk();

        Answer then = call("past", "Get", get("a"), "imaged-as-of: " + created);
        assertEquals("a", then.requireOk(GetImageResponse.parser()).getImage().getName());
        assertEquals(created, revision(then));
        Answer list = call("past", "List", ListImagesRequest.getDefaultInstance(), "imaged-as-of: " + created);
        assertEquals(List.of("a"), names(list));
        assertEquals(created, revision(list));
        call("past", "Get", get("b"), "imaged-as-of: " + created)
                .requireFailure(Code.NOT_FOUND, "image \"b\": not found");
        Instant time = ImageProtos.fromProto(
                then.requireOk(GetImageResponse.parser()).getImage().getCreatedAt());
        assertEquals(
                List.of("a"),
                names(call("past", "List", ListImagesRequest.getDefaultInstance(), "imaged-as-of: " + time)));
        requireReason(call("past", "Get", get("a"), "imaged-as-of: 999999999"), Code.OUT_OF_RANGE, "REVISION_AHEAD");
    }

    @Test
    void aListInPagesIsOfOneRevisionAndItsTokensAreThoseOfTheCatalogue() {
        for (String name : List.of("a", "b", "c")) {
            call("pages", "Create", create(name)).requireOk();
        }
        Answer first = call("pages", "List", ListImagesRequest.getDefaultInstance(), "imaged-page-size: 2");
        call("pages", "Delete", delete("c")).requireOk();
        String token = first.headers().get(key("imaged-next-page-token"));
        Answer last = call("pages", "List", ListImagesRequest.getDefaultInstance(), "imaged-page-token: " + token);

        assertEquals(List.of("a", "b"), names(first));
        assertEquals(List.of("c"), names(last));
        assertEquals(revision(first), revision(last));
        assertNull(last.headers().get(key("imaged-next-page-token")));
        requireReason(
                call(
                        "pages",
                        "List",
                        ListImagesRequest.newBuilder().addFilters("name==a").build(),
                        "imaged-page-token: " + token),
                Code.INVALID_ARGUMENT,
                "PAGE_TOKEN_INVALID");
    }

    @Test
    void aPageThatEndsWithANameTooLongForAHeaderIsRefusedAndALargerOneIsNot() {
        String longName = "n".repeat(4400);
        String longer = "n".repeat(4600);
        for (String name : List.of(longName, longer, "z")) {
            call("long", "Create", create(name)).requireOk();
        }

        Answer fits = call("long", "List", ListImagesRequest.getDefaultInstance(), "imaged-page-size: 1");
        assertEquals(List.of(longName), names(fits));
        assertTrue(fits.headers().get(key("imaged-next-page-token")).length() <= 6 * 1024);
        requireReason(
                call("long", "List", ListImagesRequest.getDefaultInstance(), "imaged-page-size: 2"),
                Code.RESOURCE_EXHAUSTED,
                "TOO_LARGE");
        Answer all = call("long", "List", ListImagesRequest.getDefaultInstance(), "imaged-page-size: 4");
        assertEquals(List.of(longName, longer, "z"), names(all));
    }

    @Test
    void anAnswerIsNotOlderThanAPositionThatTheCallerHasSeen() {
        Answer created = call("seen", "Create", create("a"), WANT);
        String store = created.headers().get(key("imaged-store"));
        long revision = revision(created);

        call("seen", "Get", get("a"), "imaged-not-before: " + store + "/" + revision)
                .requireOk();
        call("seen", "List", ListImagesRequest.getDefaultInstance(), "imaged-not-before: " + store + "/" + revision)
                .requireOk();
        requireReason(
                call("seen", "Get", get("a"), "imaged-not-before: " + store + "/999999999"),
                Code.OUT_OF_RANGE,
                "REVISION_AHEAD");
        requireReason(
                call("seen", "Get", get("a"), "imaged-not-before: other/" + revision),
                Code.OUT_OF_RANGE,
                "OTHER_STORE");
    }

    @ParameterizedTest
    @CsvSource({
        "Get, imaged-as-of: yesterday",
        "Get, imaged-as-of: -1",
        "Get, imaged-not-before: 5",
        "List, imaged-page-size: -1",
        "List, imaged-page-size: many",
        "List, imaged-page-token: x"
    })
    void aHeaderOfAReadWithAnInvalidValueIsRefused(String method, String header) {
        Answer answer = call(STEADY, method, request(method), header);

        assertEquals(Code.INVALID_ARGUMENT, answer.code(), answer.status().toString());
    }

    private static List<String> names(Answer list) {
        return list.requireOk(ListImagesResponse.parser()).getImagesList().stream()
                .map(Image::getName)
                .toList();
    }

    @Test
    void aConditionThatDoesNotHoldIsAbortedAndTheTrailersTellTheRevision() {
        long revision = revision(call("conditions", "Create", create("a"), WANT));

        Answer update = call("conditions", "Update", update("a", "v"), "imaged-if-revision: " + (revision + 7));
        requireReason(update, Code.ABORTED, "CHANGED");
        assertEquals("" + revision, update.trailers().get(key("imaged-revision")));
        assertNotNull(update.trailers().get(key("imaged-store")));
        requireReason(call("conditions", "Delete", delete("a"), "imaged-if-digest: " + OTHER), Code.ABORTED, "CHANGED");
        requireReason(
                call("conditions", "Delete", delete("b"), "imaged-if-revision: 1"), Code.NOT_FOUND, "NO_SUCH_IMAGE");
        call("conditions", "Update", update("a", "v"), "imaged-if-revision: " + revision)
                .requireOk();
        String digest = TestDaemon.image("a").getTarget().getDigest();
        call("conditions", "Delete", delete("a"), "imaged-if-digest: " + digest).requireOk();
    }

    @Test
    void theTargetOfADeleteKeepsItsAnswer() {
        call("target", "Create", create("a")).requireOk();
        DeleteImageRequest request = delete("a").toBuilder()
                .setTarget(Descriptor.newBuilder().setDigest(OTHER))
                .build();

        Answer plain = call("target", "Delete", request);
        Answer wanted = call("target", "Delete", request, WANT);
        Answer both = call("target", "Delete", request, "imaged-if-digest: sha256:" + "a".repeat(64));

        assertEquals(Code.NOT_FOUND, plain.code());
        assertEquals(plain.status().getDescription(), wanted.status().getDescription());
        assertEquals(Code.NOT_FOUND, wanted.code());
        assertEquals(Code.INVALID_ARGUMENT, both.code());
        call("target", "Get", get("a")).requireOk();
    }

    @Test
    void aCreateThatReplacesMovesTheName() {
        call("replace", "Create", create("a"), "imaged-replace: true").requireOk();
        Answer moved = call("replace", "Create", create("a", OTHER), "imaged-replace: true");
        Answer same = call("replace", "Create", create("a", OTHER), "imaged-replace: true");

        assertEquals(
                OTHER,
                moved.requireOk(CreateImageResponse.parser())
                        .getImage()
                        .getTarget()
                        .getDigest());
        assertEquals(revision(moved), revision(same));
        requireReason(call("replace", "Create", create("a"), WANT), Code.ALREADY_EXISTS, "NAME_TAKEN");
        assertEquals(
                OTHER,
                call("replace", "Get", get("a"))
                        .requireOk(GetImageResponse.parser())
                        .getImage()
                        .getTarget()
                        .getDigest());
    }

    @Test
    void aRequestThatIsSentAgainWithItsIdGetsTheFirstAnswer() {
        Answer first = call("ids", "Create", create("a"), "imaged-request-id: wire-1", "imaged-reason: release 2");
        call("ids", "Update", update("a", "v")).requireOk();
        Answer again = call("ids", "Create", create("a"), "imaged-request-id: wire-1", "imaged-reason: release 2");

        assertEquals(first.requireOk(CreateImageResponse.parser()), again.requireOk(CreateImageResponse.parser()));
        assertEquals(revision(first), revision(again));
        requireReason(
                call("ids", "Create", create("b"), "imaged-request-id: wire-1"),
                Code.INVALID_ARGUMENT,
                "REQUEST_ID_REUSED");
        call("ids", "Delete", delete("a"), "imaged-request-id: wire-2").requireOk();
        call("ids", "Delete", delete("a"), "imaged-request-id: wire-2").requireOk();
        call("ids", "Delete", delete("a")).requireFailure(Code.NOT_FOUND, "image \"a\": not found");
    }

    @Test
    void aDeleteThatCollectsRemovesWhatHasExpiredToo() {
        call("collect", "Create", create("a")).requireOk();
        Image expired = TestDaemon.image("expired").toBuilder()
                .putLabels("containerd.io/gc.expire", "2020-01-01T00:00:00Z")
                .build();
        call(
                        "collect",
                        "Create",
                        CreateImageRequest.newBuilder().setImage(expired).build())
                .requireOk();

        call("collect", "Delete", delete("a").toBuilder().setSync(true).build(), WANT)
                .requireOk();

        call("collect", "Get", get("expired")).requireFailure(Code.NOT_FOUND, "not found");
    }

    @Test
    void anExpiringImageOfALeaseIsRefusedWithOurHeadersToo() {
        Image expiring = TestDaemon.image("a").toBuilder()
                .putLabels("containerd.io/gc.expire", "2090-01-01T00:00:00Z")
                .build();
        CreateImageRequest request =
                CreateImageRequest.newBuilder().setImage(expiring).build();

        call("lease", "Create", request, WANT, "containerd-lease: l")
                .requireFailure(Code.NOT_FOUND, "lease does not exist");
        call("lease", "Create", request, WANT).requireOk();
    }

    @ParameterizedTest
    @CsvSource({
        "Create, imaged-if-digest: sha256:a",
        "Create, imaged-if-revision: 1",
        "Update, imaged-replace: true",
        "Delete, imaged-replace: true",
        "Get, imaged-if-revision: 1",
        "List, imaged-request-id: a",
        "Update, imaged-if-revison: 1",
        "Delete, imaged-: 1",
        "Get, imaged-x: 1",
        "List, imaged-x: 1"
    })
    void aHeaderThatDoesNotCountIsRefused(String method, String header) {
        Answer answer = call(STEADY, method, request(method), header);

        requireReason(answer, Code.INVALID_ARGUMENT, "UNKNOWN_HEADER");
        assertTrue(
                answer.status().getDescription().contains(header.split(": ", 2)[0]),
                answer.status().toString());
    }

    private static MessageLite request(String method) {
        return switch (method) {
            case "Create" -> create("new");
            case "Update" -> update(TestDaemon.KEPT, "v");
            case "Delete" -> delete(TestDaemon.KEPT);
            case "Get" -> get(TestDaemon.KEPT);
            default -> ListImagesRequest.getDefaultInstance();
        };
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "imaged-if-revision: 0",
                "imaged-if-revision: -1",
                "imaged-if-revision: 1x",
                "imaged-if-revision: ",
                "imaged-if-revision: 99999999999999999999",
                "imaged-if-digest: ",
                "imaged-want: all",
                "imaged-request-id: a b",
                "imaged-request-id: "
            })
    void aHeaderWithAnInvalidValueIsRefused(String header) {
        Answer answer = call(STEADY, "Delete", delete(TestDaemon.KEPT), header);

        assertEquals(Code.INVALID_ARGUMENT, answer.code(), answer.status().toString());
    }

    @Test
    void aHeaderThatIsThereTwiceIsRefused() {
        call(STEADY, "Delete", delete(TestDaemon.KEPT), "imaged-if-revision: 1", "imaged-if-revision: 2")
                .requireFailure(Code.INVALID_ARGUMENT, "header imaged-if-revision must occur once");
        call(STEADY, "Create", create("new"), "imaged-replace: false")
                .requireFailure(Code.INVALID_ARGUMENT, "header imaged-replace is \"false\" and must be true");
    }

    @Test
    void theOrderOfTheChecksIsThatOfTheApi() {
        Metadata noNamespace = new Metadata();
        noNamespace.put(key("imaged-want"), "revision");
        byte[] nameless = CreateImageRequest.getDefaultInstance().toByteArray();
        daemon.unix()
                .call("Create", noNamespace, nameless)
                .requireFailure(Code.INVALID_ARGUMENT, "Image.Name required");
        daemon.unix()
                .call("Create", noNamespace, create("a").toByteArray())
                .requireFailure(Code.FAILED_PRECONDITION, "namespace is required");
        for (String method : List.of("Get", "List", "Delete")) {
            daemon.unix()
                    .call(method, noNamespace, request(method).toByteArray())
                    .requireFailure(Code.FAILED_PRECONDITION, "namespace is required");
        }
    }
}
