package dev.imaged.server.grpc;

import static dev.imaged.server.TestDaemon.KEPT;
import static dev.imaged.server.TestDaemon.STEADY;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.FieldMask;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.MessageLite;
import com.google.protobuf.Parser;
import com.google.protobuf.Timestamp;
import dev.imaged.internal.wire.GrpcErrors;
import dev.imaged.internal.wire.HintTrailer;
import dev.imaged.internal.wire.NamespaceHeader;
import dev.imaged.proto.images.v1.CreateImageRequest;
import dev.imaged.proto.images.v1.Image;
import dev.imaged.proto.images.v1.UpdateImageRequest;
import dev.imaged.proto.v1.AsOf;
import dev.imaged.proto.v1.CatalogGrpc;
import dev.imaged.proto.v1.DescribeRequest;
import dev.imaged.proto.v1.DescribeResponse;
import dev.imaged.proto.v1.GetRequest;
import dev.imaged.proto.v1.GetResponse;
import dev.imaged.proto.v1.HistoryRequest;
import dev.imaged.proto.v1.HistoryResponse;
import dev.imaged.proto.v1.ListPageRequest;
import dev.imaged.proto.v1.ListPageResponse;
import dev.imaged.proto.v1.ListStreamRequest;
import dev.imaged.proto.v1.ListStreamResponse;
import dev.imaged.proto.v1.Position;
import dev.imaged.server.RawClient.Answer;
import dev.imaged.server.TestDaemon;
import dev.imaged.server.engine.EncodedResponse;
import io.grpc.CallOptions;
import io.grpc.Metadata;
import io.grpc.Status.Code;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The catalogue as any client may ask it, also as no client should. */
class CatalogWireTest {
    @RegisterExtension
    static final TestDaemon daemon = new TestDaemon();

    private static Answer call(String method, String namespace, byte[] request) {
        Metadata headers = namespace == null ? new Metadata() : NamespaceHeader.write(namespace);
        return daemon.unix()
                .callFullName(CatalogGrpc.SERVICE_NAME + "/" + method, CallOptions.DEFAULT, headers, request);
    }

    private static Answer call(String method, MessageLite request) {
        return call(method, null, request.toByteArray());
    }

    private static String reason(Answer answer) {
        assertFalse(answer.status().isOk());
        return GrpcErrors.fromCall(answer.status(), answer.trailers()).reason();
    }

    private static void requireInvalid(Answer answer, String text) {
        answer.requireFailure(Code.INVALID_ARGUMENT, text);
        assertEquals("INVALID_ARGUMENT", reason(answer));
    }

    private static ListPageRequest.Builder page() {
        return ListPageRequest.newBuilder().setNamespace(STEADY);
    }

    private static ListStreamRequest.Builder stream() {
        return ListStreamRequest.newBuilder().addNamespaces(STEADY);
    }

    @Test
    void theDaemonSaysHowFarItsLogGoes() {
        DescribeResponse described =
                call("Describe", DescribeRequest.getDefaultInstance()).requireOk(DescribeResponse.parser());
        assertFalse(described.getVersion().isEmpty());
        assertEquals(10_000, described.getMaxPageSize());
        assertEquals(described.getNewest().getStore(), described.getOldest().getStore());
        assertTrue(described.getNewest().getRevision() > described.getOldest().getRevision());
    }

    @Test
    void theNamespaceOfTheHeaderIsThatOfARequestWithoutOne() {
        byte[] name = GetRequest.newBuilder().setName(KEPT).build().toByteArray();
        assertEquals(
                STEADY,
                call("Get", STEADY, name)
                        .requireOk(GetResponse.parser())
                        .getImage()
                        .getNamespace());
        assertEquals(
                KEPT,
                call("ListPage", STEADY, new byte[0])
                        .requireOk(ListPageResponse.parser())
                        .getImages(0)
                        .getImage()
                        .getName());
        assertEquals(
                1,
                call("ListStream", STEADY, new byte[0])
                        .requireOk(ListStreamResponse.parser())
                        .getImagesCount());
        assertEquals(
                1,
                call("History", STEADY, name)
                        .requireOk(HistoryResponse.parser())
                        .getChangesCount());
    }

    @ParameterizedTest
    @ValueSource(strings = {"Get", "ListPage", "ListStream", "History"})
    void aRequestWithoutANamespaceIsRefused(String method) {
        Answer answer = call(method, null, new byte[0]);
        answer.requireFailure(Code.FAILED_PRECONDITION, "namespace is required");
        assertEquals("FAILED_PRECONDITION", reason(answer));
    }

    @Test
    void aHeaderThatNamesAnotherNamespaceThanTheRequestIsRefused() {
        String text = "namespace " + STEADY + " of the request is not other, which the header names";
        GetRequest get =
                GetRequest.newBuilder().setNamespace(STEADY).setName(KEPT).build();
        HistoryRequest history =
                HistoryRequest.newBuilder().setNamespace(STEADY).setName(KEPT).build();
        requireInvalid(call("Get", "other", get.toByteArray()), text);
        requireInvalid(call("ListPage", "other", page().build().toByteArray()), text);
        requireInvalid(call("ListStream", "other", stream().build().toByteArray()), text);
        requireInvalid(call("History", "other", history.toByteArray()), text);
        call("Get", STEADY, get.toByteArray()).requireOk();
        call("ListStream", STEADY, stream().build().toByteArray()).requireOk();
    }

    @ParameterizedTest
    @ValueSource(strings = {"ListStream", "Watch"})
    void aCallNamesAThousandNamespacesAtMost(String method) {
        ListStreamRequest.Builder request = ListStreamRequest.newBuilder(); // a watch has the same field
        for (int i = 0; i < 1001; i++) {
            request.addNamespaces("n" + i);
        }
        call(method, request.build())
                .requireFailure(Code.RESOURCE_EXHAUSTED, "namespaces are 1001, more than the maximum of 1000");
    }

    @Test
    void allNamespacesAndSomeDoNotGoTogether() {
        requireInvalid(
                call("ListStream", stream().setAllNamespaces(true).build()),
                "namespaces must be empty where all_namespaces is true");
        ListStreamResponse all = call(
                        "ListStream",
                        ListStreamRequest.newBuilder().setAllNamespaces(true).build())
                .requireOk(ListStreamResponse.parser());
        assertTrue(
                all.getImagesList().stream()
                        .anyMatch(found -> found.getNamespace().equals(STEADY)),
                all::toString);
    }

    @Test
    void theSizeOfAPageIsNotNegative() {
        for (int size : new int[] {-1, Integer.MIN_VALUE}) {
            String text = "page_size " + size + " must not be negative";
            requireInvalid(call("ListPage", page().setPageSize(size).build()), text);
            requireInvalid(
                    call(
                            "History",
                            HistoryRequest.newBuilder()
                                    .setNamespace(STEADY)
                                    .setName(KEPT)
                                    .setPageSize(size)
                                    .build()),
                    text);
        }
        call("ListPage", page().setPageSize(Integer.MAX_VALUE).build()).requireOk();
    }

    @ParameterizedTest
    @ValueSource(strings = {"digest", "labels.a", "target.digest", "Name", "", "name,labels", "\n"})
    void aReadMaskOfUnknownFieldsIsRefused(String path) {
        FieldMask mask = FieldMask.newBuilder().addPaths("name").addPaths(path).build();
        String text = " is not one of name, labels, target, created_at, updated_at";
        requireInvalid(call("ListPage", page().setReadMask(mask).build()), text);
        requireInvalid(call("ListStream", stream().setReadMask(mask).build()), text);
    }

    @Test
    void aReadMaskLeavesTheNameAndTheFieldsItNames() {
        FieldMask mask = FieldMask.newBuilder().addPaths("labels").build();
        Image expected = Image.newBuilder().setName(KEPT).putLabels("a", "b").build();
        assertEquals(
                expected,
                call("ListPage", page().setReadMask(mask).build())
                        .requireOk(ListPageResponse.parser())
                        .getImages(0)
                        .getImage());
        assertEquals(
                expected,
                call("ListStream", stream().setReadMask(mask).build())
                        .requireOk(ListStreamResponse.parser())
                        .getImages(0)
                        .getImage());
    }

    @Test
    void aMomentThatCannotBeIsRefused() {
        AsOf negative = AsOf.newBuilder().setRevision(-1).build();
        AsOf beyond = AsOf.newBuilder()
                .setTime(Timestamp.newBuilder().setSeconds(Long.MAX_VALUE))
                .build();
        for (AsOf moment : List.of(negative, beyond)) {
            String text = moment.hasRevision()
                    ? "as_of.revision -1 must not be negative"
                    : "as_of.time of 9223372036854775807 seconds is beyond what a time can hold";
            requireInvalid(call("ListPage", page().setAsOf(moment).build()), text);
            requireInvalid(call("ListStream", stream().setAsOf(moment).build()), text);
            requireInvalid(
                    call(
                            "Get",
                            GetRequest.newBuilder()
                                    .setNamespace(STEADY)
                                    .setName(KEPT)
                                    .setAsOf(moment)
                                    .build()),
                    text);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"x", "AAAA", "====", "\0", "é", "AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"})
    void aTextThatIsNotATokenIsRefused(String token) {
        Answer list = call("ListPage", page().setPageToken(token).build());
        list.requireFailure(Code.INVALID_ARGUMENT, "page_token is damaged");
        assertEquals("PAGE_TOKEN_INVALID", reason(list));
        Answer history = call(
                "History",
                HistoryRequest.newBuilder()
                        .setNamespace(STEADY)
                        .setName(KEPT)
                        .setPageToken(token)
                        .build());
        history.requireFailure(Code.INVALID_ARGUMENT, "page_token is damaged");
        assertEquals("PAGE_TOKEN_INVALID", reason(history));
    }

    @Test
    void aPositionOfAnotherStoreIsRefusedShortlyHoweverLongItIs() {
        Position other = Position.newBuilder().setStore("é".repeat(1_000_000)).build();
        Answer answer = call("ListPage", page().setNotBefore(other).build());
        answer.requireFailure(Code.OUT_OF_RANGE, "is of another store than this");
        assertEquals("OTHER_STORE", reason(answer));
        assertEquals(
                "OTHER_STORE",
                reason(call("ListStream", stream().setNotBefore(other).build())));
    }

    @Test
    void anErrorWithoutAReasonOfItsOwnHasThatOfItsCode() {
        Answer absent = call(
                "Get", GetRequest.newBuilder().setNamespace(STEADY).setName("x").build());
        absent.requireFailure(Code.NOT_FOUND, "image \"x\": not found");
        assertEquals("NO_SUCH_IMAGE", reason(absent));
        assertEquals(
                "INVALID_ARGUMENT",
                reason(call("ListPage", page().addFilters("name==").build())));
        assertEquals(
                "INVALID_ARGUMENT",
                reason(call("ListStream", stream().addFilters("name==").build())));
    }

    @Test
    void aListWhoseFilterCannotMatchHasAHint() {
        Answer list = call("ListPage", page().addFilters("target.size==1").build());
        list.requireOk();
        assertEquals(1, HintTrailer.read(list.trailers()).size());
        Answer stream = call("ListStream", stream().addFilters("target.size==1").build());
        stream.requireOk();
        assertEquals(HintTrailer.read(list.trailers()), HintTrailer.read(stream.trailers()));
        assertEquals(
                List.of(), HintTrailer.read(call("ListStream", stream().build()).trailers()));
    }

    @Test
    void whateverIsSentIsAnsweredWithAReason() {
        Random random = new Random(7);
        for (String method : List.of("Describe", "Get", "ListPage", "ListStream", "History")) {
            for (int i = 0; i < 300; i++) {
                byte[] request = new byte[random.nextInt(40)];
                random.nextBytes(request);
                Answer answer = call(method, STEADY, request);
                if (!answer.status().isOk()) {
                    assertFalse(reason(answer).isEmpty(), method + ": " + answer.status());
                    assertFalse(answer.code() == Code.UNKNOWN, method + ": " + answer.status());
                }
            }
        }
    }

    @Test
    void pagesOfLargeImagesAndChangesFitIntoMessages() {
        String namespace = "large";
        Image large = large("a");
        create(namespace, large);
        for (String name : List.of("b", "c", "d")) {
            create(namespace, large(name));
        }
        for (int i = 0; i < 4; i++) {
            daemon.unix()
                    .call(
                            "Update",
                            namespace,
                            UpdateImageRequest.newBuilder().setImage(large).build())
                    .requireOk();
        }

        String token = "";
        int images = 0;
        do {
            byte[] page = call(
                            "ListPage",
                            namespace,
                            ListPageRequest.newBuilder()
                                    .setPageToken(token)
                                    .build()
                                    .toByteArray())
                    .requireOk();
            assertTrue(page.length < EncodedResponse.MAX_BYTES, page.length + " bytes");
            ListPageResponse response = parse(ListPageResponse.parser(), page);
            images += response.getImagesCount();
            token = response.getNextPageToken();
        } while (!token.isEmpty());
        assertEquals(4, images);

        int changes = 0;
        do {
            byte[] page = call(
                            "History",
                            namespace,
                            HistoryRequest.newBuilder()
                                    .setName("a")
                                    .setPageToken(token)
                                    .build()
                                    .toByteArray())
                    .requireOk();
            assertTrue(page.length < EncodedResponse.MAX_BYTES, page.length + " bytes");
            HistoryResponse response = parse(HistoryResponse.parser(), page);
            changes += response.getChangesCount();
            token = response.getNextPageToken();
        } while (!token.isEmpty());
        assertEquals(5, changes);
    }

    @Test
    void aPageIsNotOfAStoreThatHasNotReachedAPosition() {
        create("reached", TestDaemon.image("a"));
        create("reached", TestDaemon.image("b"));
        ListPageRequest.Builder page =
                ListPageRequest.newBuilder().setNamespace("reached").setPageSize(1);
        ListPageResponse first = call("ListPage", page.build()).requireOk(ListPageResponse.parser());
        Position later = first.getPosition().toBuilder()
                .setRevision(first.getPosition().getRevision() + 1000)
                .build();
        page.setPageToken(first.getNextPageToken());

        call("ListPage", page.setNotBefore(first.getPosition()).build()).requireOk();
        Answer tooEarly = call("ListPage", page.setNotBefore(later).build());
        tooEarly.requireFailure(Code.OUT_OF_RANGE, "");
        assertEquals("REVISION_AHEAD", reason(tooEarly));
    }

    private static <M> M parse(Parser<M> parser, byte[] message) {
        try {
            return parser.parseFrom(message);
        } catch (InvalidProtocolBufferException e) {
            throw new AssertionError("the answer is not a message", e);
        }
    }

    /** Returns an image of some 6 MB. */
    private static Image large(String name) {
        Image.Builder image = TestDaemon.image(name).toBuilder();
        for (int i = 0; i < 1500; i++) {
            image.putLabels("key" + i, "v".repeat(4000));
        }
        return image.build();
    }

    private static void create(String namespace, Image image) {
        daemon.unix()
                .call(
                        "Create",
                        namespace,
                        CreateImageRequest.newBuilder().setImage(image).build())
                .requireOk();
    }
}
