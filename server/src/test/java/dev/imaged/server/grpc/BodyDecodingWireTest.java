package dev.imaged.server.grpc;

import static dev.imaged.server.TestDaemon.KEPT;
import static dev.imaged.server.TestDaemon.STEADY;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.imaged.proto.images.v1.CreateImageResponse;
import dev.imaged.proto.images.v1.GetImageResponse;
import dev.imaged.proto.images.v1.Image;
import dev.imaged.server.RawClient.Answer;
import dev.imaged.server.TestDaemon;
import io.grpc.Status.Code;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** What the bytes of a request may be. */
class BodyDecodingWireTest {
    @RegisterExtension
    static final TestDaemon daemon = new TestDaemon();

    private static final byte[] NO_UTF8 = {'a', (byte) 0xC3, (byte) 0x28};
    private static final byte[] SURROGATE = {(byte) 0xED, (byte) 0xA0, (byte) 0x80};

    private static final String DIGEST = TestDaemon.image("x").getTarget().getDigest();

    /** One case for each string that a request has. */
    record Case(String method, String field, RawMessage request) {
        @Override
        public String toString() {
            return method + " " + field;
        }
    }

    static final Iterable<Case> INVALID_UTF8 = java.util.List.of(
            new Case("Get", "name", new RawMessage().bytes(1, NO_UTF8)),
            new Case("Get", "name with a surrogate", new RawMessage().bytes(1, SURROGATE)),
            new Case("List", "filters", new RawMessage().text(1, "name==a").bytes(1, NO_UTF8)),
            new Case("Delete", "name", new RawMessage().bytes(1, NO_UTF8)),
            new Case(
                    "Delete",
                    "target.digest",
                    new RawMessage().text(1, KEPT).message(3, new RawMessage().bytes(2, NO_UTF8))),
            new Case("Create", "image.name", new RawMessage().message(1, target().bytes(1, NO_UTF8))),
            new Case("Create", "image.labels key", image(new RawMessage().message(2, entry(NO_UTF8, ascii("v"))))),
            new Case("Create", "image.labels value", image(new RawMessage().message(2, entry(ascii("k"), NO_UTF8)))),
            new Case(
                    "Create",
                    "target.media_type",
                    image(new RawMessage().message(3, new RawMessage().bytes(1, NO_UTF8)))),
            new Case("Create", "target.digest", image(new RawMessage().message(3, new RawMessage().bytes(2, NO_UTF8)))),
            new Case("Create", "target.annotations key", image(annotation(entry(NO_UTF8, ascii("v"))))),
            new Case("Create", "target.annotations value", image(annotation(entry(ascii("k"), NO_UTF8)))),
            new Case("Update", "image.name", new RawMessage().message(1, target().bytes(1, NO_UTF8))),
            new Case("Update", "image.labels value", image(new RawMessage().message(2, entry(ascii("k"), NO_UTF8)))),
            new Case(
                    "Update",
                    "update_mask.paths",
                    image(new RawMessage()).message(2, new RawMessage().bytes(1, NO_UTF8))));

    static final Iterable<Case> MALFORMED = java.util.List.of(
            new Case("Get", "length beyond the end", new RawMessage().raw(0x0A, 0x7F)),
            new Case("Get", "negative length", new RawMessage().raw(0x0A, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F)),
            new Case("Get", "length of 2 GiB", new RawMessage().raw(0x0A, 0xFF, 0xFF, 0xFF, 0xFF, 0x07)),
            new Case("Get", "field number zero", new RawMessage().raw(0x02, 0x00)),
            new Case("Get", "wire type 6", new RawMessage().raw(0x0E)),
            new Case(
                    "Get",
                    "varint without an end",
                    new RawMessage().raw(0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF)),
            new Case(
                    "Get",
                    "end of a group that never began",
                    new RawMessage().text(1, KEPT).endGroup(9)),
            new Case(
                    "Get",
                    "group without an end",
                    new RawMessage().text(1, KEPT).startGroup(9)),
            new Case(
                    "Get",
                    "group with the end of another",
                    new RawMessage().text(1, KEPT).startGroup(9).endGroup(10)),
            new Case("Create", "submessage cut short", new RawMessage().raw(0x0A, 0x03, 0x0A, 0x05, 'a')),
            new Case("Create", "text", new RawMessage().raw(ascii("{\"image\":{\"name\":\"a\"}}"))),
            new Case(
                    "Delete",
                    "cut in the middle",
                    new RawMessage().text(1, KEPT).raw(0x10)));

    @ParameterizedTest
    @FieldSource("INVALID_UTF8")
    void textThatIsNoUtf8IsInternal(Case wrong) {
        Answer answer =
                daemon.unix().call(wrong.method(), STEADY, wrong.request().toBytes());
        answer.requireFailure(Code.INTERNAL, "grpc: error unmarshalling request: ");
        answer.requireFailure(Code.INTERNAL, "UTF-8");
    }

    @ParameterizedTest
    @FieldSource("MALFORMED")
    void bytesThatAreNoMessageAreInternal(Case wrong) {
        daemon.unix()
                .call(wrong.method(), STEADY, wrong.request().toBytes())
                .requireFailure(Code.INTERNAL, "grpc: error unmarshalling request: ");
    }

    @Test
    void knownFieldOfAnotherWireTypeIsAnUnknownField() {
        getsKept(new RawMessage().varint(1, 5).text(1, KEPT).fixed64(1, 5).fixed32(1, 5));
        daemon.unix()
                .call("Get", STEADY, new RawMessage().varint(1, 5).toBytes())
                .requireFailure(Code.NOT_FOUND, "image \"\": not found");
    }

    @Test
    void sizeOfAnotherWireTypeIsNotRead() {
        RawMessage wrongSize = new RawMessage().text(1, "m").text(2, DIGEST).text(3, "7");
        daemon.unix()
                .call(
                        "Create",
                        STEADY,
                        new RawMessage()
                                .message(1, new RawMessage().text(1, "x").message(3, wrongSize))
                                .toBytes())
                .requireFailure(Code.INVALID_ARGUMENT, "target.Size must be greater than zero");
    }

    @Test
    void unknownFieldsAndGroupsAreIgnored() {
        getsKept(new RawMessage()
                .varint(2, 1)
                .text(100, "what")
                .fixed32(3, 1)
                .fixed64(536_870_911, 1)
                .startGroup(9)
                .varint(1, 5)
                .startGroup(1)
                .endGroup(1)
                .endGroup(9)
                .text(1, KEPT));
    }

    @Test
    void unknownFieldsOfAnImageAreNotStored() {
        RawMessage image = target().text(1, "x").text(99, "secret");
        Answer created = create("unknown-fields", image);
        assertEquals(
                0,
                created.requireOk(CreateImageResponse.parser())
                        .getImage()
                        .getUnknownFields()
                        .asMap()
                        .size());
        assertEquals(0, get("unknown-fields", "x").getUnknownFields().asMap().size());
    }

    @Test
    void ofADuplicateScalarTheLastCounts() {
        getsKept(new RawMessage().text(1, "none").text(1, KEPT));
    }

    @Test
    void submessagesThatComeTwiceAreMerged() {
        RawMessage request = new RawMessage()
                .message(1, new RawMessage().text(1, "x").message(2, entry(ascii("a"), ascii("1"))))
                .message(
                        1,
                        new RawMessage()
                                .message(3, new RawMessage().text(1, "m").varint(3, 7)))
                .message(1, new RawMessage().message(3, new RawMessage().text(2, DIGEST)))
                .message(1, new RawMessage().message(2, entry(ascii("b"), ascii("2"))));
        daemon.unix().call("Create", "merged", request.toBytes()).requireOk();

        Image image = get("merged", "x");
        assertEquals(Map.of("a", "1", "b", "2"), image.getLabelsMap());
        assertEquals("m", image.getTarget().getMediaType());
        assertEquals(DIGEST, image.getTarget().getDigest());
        assertEquals(7, image.getTarget().getSize());
    }

    @Test
    void oddMapEntriesAreRead() {
        RawMessage image = target().text(1, "x")
                .message(2, new RawMessage().bytes(2, ascii("reversed")).bytes(1, ascii("key")))
                .message(2, new RawMessage().text(1, "without-value"))
                .message(2, new RawMessage())
                .message(2, entry(ascii("twice"), ascii("first")))
                .message(2, entry(ascii("twice"), ascii("last")))
                .message(2, entry(ascii("more"), ascii("fields")).text(3, "unknown"))
                .message(2, new RawMessage().varint(1, 3).text(1, "wire-type").text(2, "x"));
        create("odd", image).requireOk();

        assertEquals(
                Map.of("key", "reversed", "twice", "last", "more", "fields", "wire-type", "x"),
                get("odd", "x").getLabelsMap());
    }

    @Test
    void mapEntryWithoutKeyHasAnEmptyOne() {
        create(STEADY, target().text(1, "x").message(2, new RawMessage().text(2, "v")))
                .requireFailure(Code.INVALID_ARGUMENT, "label \"\"=\"v\": key required");
    }

    private static void getsKept(RawMessage request) {
        Answer answer = daemon.unix().call("Get", STEADY, request.toBytes());
        assertEquals(
                KEPT, answer.requireOk(GetImageResponse.parser()).getImage().getName());
    }

    private static Answer create(String namespace, RawMessage image) {
        return daemon.unix()
                .call("Create", namespace, new RawMessage().message(1, image).toBytes());
    }

    private static Image get(String namespace, String name) {
        return daemon.unix()
                .call("Get", namespace, new RawMessage().text(1, name).toBytes())
                .requireOk(GetImageResponse.parser())
                .getImage();
    }

    /** An image with a target that every rule allows; its name is to be added. */
    private static RawMessage target() {
        return new RawMessage()
                .message(3, new RawMessage().text(1, "m").text(2, DIGEST).varint(3, 7));
    }

    /** A request that holds an image of a name that is taken, with more fields. */
    private static RawMessage image(RawMessage more) {
        return new RawMessage().message(1, target().text(1, KEPT).raw(more.toBytes()));
    }

    private static RawMessage annotation(RawMessage entry) {
        return new RawMessage().message(3, new RawMessage().message(5, entry));
    }

    private static RawMessage entry(byte[] key, byte[] value) {
        return new RawMessage().bytes(1, key).bytes(2, value);
    }

    private static byte[] ascii(String text) {
        return text.getBytes(java.nio.charset.StandardCharsets.US_ASCII);
    }
}
