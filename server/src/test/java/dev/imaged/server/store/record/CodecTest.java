package dev.imaged.server.store.record;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.Timestamp;
import dev.imaged.errors.ImageException.DataLoss;
import dev.imaged.images.Image;
import dev.imaged.oci.Descriptor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What is encoded comes back, and what is damaged is found. */
class CodecTest {
    private static final Image IMAGE = new Image(
            "näme",
            Map.of("k", "v", "a", "b"),
            new Descriptor("m", "sha256:" + "a".repeat(64), Long.MAX_VALUE, Map.of("x", "y")),
            Instant.parse("-0044-03-15T00:00:00.000000001Z"),
            Instant.parse("2026-08-01T12:00:00.123456789Z"));
    private static final byte[] IMAGE_KEY = Keys.image("ns", IMAGE.name());
    private static final byte[] CHANGE_KEY = Keys.revision(7);

    private static final Change CHANGE = update(new byte[] {1, 2}, new byte[] {3});

    @Test
    void anImageComesBackWithItsRevisions() {
        EncodedRecord decoded = ImageCodec.decode(
                IMAGE_KEY, ImageCodec.encode(IMAGE_KEY, IMAGE, 3, 9).value());

        assertEquals(IMAGE, ImageCodec.image(decoded));
        assertEquals(3, decoded.createdRevision());
        assertEquals(9, decoded.modifiedRevision());
    }

    @Test
    void equalImagesHaveEqualBytes() {
        Image same = IMAGE.withLabels(Map.of("a", "b", "k", "v"));

        assertArrayEquals(
                ImageCodec.encode(IMAGE_KEY, IMAGE, 1, 1).value(),
                ImageCodec.encode(IMAGE_KEY, same, 1, 1).value());
    }

    @Test
    void everyDamagedBitOfAnImageIsFoundAndTheImageNamed() {
        byte[] value = ImageCodec.encode(IMAGE_KEY, IMAGE, 3, 9).value();
        for (int bit = 0; bit < value.length * 8; bit++) {
            byte[] damaged = value.clone();
            damaged[bit / 8] ^= (byte) (1 << bit % 8);

            String message = assertThrows(DataLoss.class, () -> ImageCodec.decode(IMAGE_KEY, damaged))
                    .getMessage();
            assertTrue(message.startsWith("the record of image \"näme\" in namespace ns "), message);
        }
    }

    @Test
    void aRecordUnderAnotherKeyIsFound() {
        byte[] value = ImageCodec.encode(IMAGE_KEY, IMAGE, 3, 9).value();

        assertThrows(DataLoss.class, () -> ImageCodec.decode(Keys.image("ns", "other"), value));
    }

    @Test
    void aChangeComesBack() {
        requireBack(CHANGE);
        requireBack(change(Change.Kind.CREATE, new byte[0], new byte[] {1}));
        requireBack(change(Change.Kind.DELETE, new byte[] {1}, new byte[0]));
    }

    /** Of few different bytes, so that images begin and end alike in every way. */
    @Test
    void anUpdateComesBackHoweverItsImagesDiffer() {
        List<byte[]> images = new ArrayList<>();
        for (int length = 1; length <= 5; length++) {
            for (int bits = 0; bits < 1 << length; bits++) {
                byte[] image = new byte[length];
                for (int i = 0; i < length; i++) {
                    image[i] = (byte) (bits >> i & 1);
                }
                images.add(image);
            }
        }
        images.forEach(before -> images.forEach(after -> requireBack(update(before, after))));
    }

    @Test
    void anUpdateTakesWhatDiffersOnce() {
        byte[] before = IMAGE_KEY;
        byte[] after = before.clone();
        after[5]++;
        int same = ChangeCodec.encode(CHANGE_KEY, update(before, before)).length;

        assertEquals(same + 1, ChangeCodec.encode(CHANGE_KEY, update(before, after)).length);
    }

    @Test
    void anImageTakesItsNameOnce() {
        byte[] message = ImageCodec.encode(IMAGE_KEY, IMAGE, 1, 1).messageBytes();
        Change create = new Change(
                7,
                0,
                IMAGE.updatedAt(),
                Change.Kind.CREATE,
                "ns",
                IMAGE.name(),
                0,
                7,
                new byte[0],
                message,
                Cause.UNKNOWN);
        int withoutImage = ChangeCodec.encode(
                        CHANGE_KEY,
                        new Change(
                                7,
                                0,
                                IMAGE.updatedAt(),
                                Change.Kind.CREATE,
                                "ns",
                                IMAGE.name(),
                                0,
                                7,
                                new byte[0],
                                new byte[0],
                                Cause.UNKNOWN))
                .length;

        assertEquals(
                withoutImage + message.length - 2 - Keys.utf8(IMAGE.name()).length + 1, // a longer length
                ChangeCodec.encode(CHANGE_KEY, create).length);
        requireBack(create);
    }

    @Test
    void aChangeHasACauseAndAPlaceInItsCommit() {
        Cause cause = new Cause("unix:uid=1000", "id", ByteString.copyFromUtf8("hash"), "r\u00e9ason \ud83d\udc33", 5);
        byte[] message = ImageCodec.encode(IMAGE_KEY, IMAGE, 1, 1).messageBytes();
        Change change = new Change(
                7, 300, IMAGE.updatedAt(), Change.Kind.CREATE, "ns", IMAGE.name(), 0, 7, new byte[0], message, cause);
        byte[] value = ChangeCodec.encode(change.key(), change);

        assertEquals(10, change.key().length);
        requireEqual(change, ChangeCodec.decode(change.key(), value));
        assertTrue(value.length <= ChangeCodec.maxSize(change));
        int numbers = 5; // a byte for each length and for the revision; what comes before the cause may stand alone
        int end = value.length - numbers - "unix:uid=1000idhashr\u00e9ason \ud83d\udc33".getBytes(UTF_8).length;
        for (int length = ValueFrame.HEADER_BYTES; length < value.length; length++) {
            byte[] cut = ValueFrame.seal((byte) 3, change.key(), Arrays.copyOf(value, length));
            if (length == end) {
                assertEquals(
                        Cause.UNKNOWN, ChangeCodec.decode(change.key(), cut).cause());
            } else {
                assertThrows(DataLoss.class, () -> ChangeCodec.decode(change.key(), cut), "of " + length);
            }
        }
    }

    @Test
    void aChangeKnowsWhichRevisionCreatedItsImage() {
        byte[] message = ImageCodec.encode(IMAGE_KEY, IMAGE, 1, 1).messageBytes();
        Change change = new Change(
                7, 0, IMAGE.updatedAt(), Change.Kind.DELETE, "ns", "n", 4, 3, message, new byte[0], Cause.UNKNOWN);
        requireBack(change);
    }

    @Test
    void aChangeOfTheFirstVersionIsStillRead() {
        byte[] value = ByteBuffer.allocate(ValueFrame.HEADER_BYTES + 44)
                .position(ValueFrame.HEADER_BYTES)
                .putLong(IMAGE.updatedAt().getEpochSecond())
                .putInt(IMAGE.updatedAt().getNano())
                .put((byte) 2)
                .putLong(4)
                .putInt(2)
                .put(Keys.utf8("ns"))
                .putInt(2)
                .put(Keys.utf8("n\0"))
                .putInt(2)
                .put(new byte[] {1, 2})
                .putInt(1)
                .put((byte) 3)
                .array();

        requireEqual(CHANGE, ChangeCodec.decode(CHANGE_KEY, ValueFrame.seal((byte) 1, CHANGE_KEY, value)));
        for (int length = ValueFrame.HEADER_BYTES; length < value.length; length++) {
            byte[] cut = ValueFrame.seal((byte) 1, CHANGE_KEY, Arrays.copyOf(value, length));
            assertThrows(DataLoss.class, () -> ChangeCodec.decode(CHANGE_KEY, cut));
        }
    }

    @Test
    void aDifferenceBeyondTheOtherImageIsFoundAlsoUnderAMatchingChecksum() {
        byte[] value = ChangeCodec.encode(CHANGE_KEY, CHANGE);
        int start = value.length - 4; // then the end, the length and one byte
        assertEquals(0, value[start]);
        for (int wrong : new int[] {3, 100}) {
            byte[] damaged = value.clone();
            damaged[start] = (byte) wrong;
            ValueFrame.seal(damaged[0], CHANGE_KEY, damaged);

            assertThrows(DataLoss.class, () -> ChangeCodec.decode(CHANGE_KEY, damaged));
        }
    }

    private static Change update(byte[] before, byte[] after) {
        return change(Change.Kind.UPDATE, before, after);
    }

    private static Change change(Change.Kind kind, byte[] before, byte[] after) {
        return new Change(
                7,
                0,
                IMAGE.updatedAt(),
                kind,
                "ns",
                "n\0",
                4,
                kind == Change.Kind.CREATE ? 7 : 0,
                before,
                after,
                Cause.UNKNOWN);
    }

    private static void requireBack(Change change) {
        requireEqual(change, ChangeCodec.decode(CHANGE_KEY, ChangeCodec.encode(CHANGE_KEY, change)));
    }

    private static void requireEqual(Change change, Change decoded) {
        assertEquals(change.revision(), decoded.revision());
        assertEquals(change.time(), decoded.time());
        assertEquals(change.kind(), decoded.kind());
        assertEquals(change.namespace(), decoded.namespace());
        assertEquals(change.name(), decoded.name());
        assertEquals(change.previous(), decoded.previous());
        assertEquals(change.index(), decoded.index());
        assertEquals(change.created(), decoded.created());
        assertEquals(change.cause(), decoded.cause());
        assertArrayEquals(change.before(), decoded.before());
        assertArrayEquals(change.after(), decoded.after());
    }

    @Test
    void aTruncatedValueIsFound() {
        byte[] image = ImageCodec.encode(IMAGE_KEY, IMAGE, 3, 9).value();
        byte[] change = ChangeCodec.encode(CHANGE_KEY, CHANGE);
        for (int length = 0; length < image.length; length++) {
            byte[] cut = Arrays.copyOf(image, length);
            assertThrows(DataLoss.class, () -> ImageCodec.decode(IMAGE_KEY, cut));
        }
        for (int length = 0; length < change.length; length++) {
            byte[] cut = Arrays.copyOf(change, length);
            assertThrows(DataLoss.class, () -> ChangeCodec.decode(CHANGE_KEY, cut));
        }
    }

    @Test
    void aTimeOutOfRangeIsFoundAlsoUnderAMatchingChecksum() throws IOException {
        for (long seconds : new long[] {Long.MIN_VALUE, Instant.MAX.getEpochSecond() + 1, Long.MAX_VALUE}) {
            byte[] change = new byte[ValueFrame.HEADER_BYTES + CodedOutputStream.computeSInt64SizeNoTag(seconds) + 1];
            CodedOutputStream out = CodedOutputStream.newInstance(
                    change, ValueFrame.HEADER_BYTES, change.length - ValueFrame.HEADER_BYTES);
            out.writeSInt64NoTag(seconds);
            ValueFrame.seal((byte) 2, CHANGE_KEY, change);
            String problem = assertThrows(DataLoss.class, () -> ChangeCodec.decode(CHANGE_KEY, change))
                    .getMessage();
            assertTrue(problem.endsWith("its time is out of range"), problem);

            byte[] message = dev.imaged.proto.images.v1.Image.newBuilder()
                    .setCreatedAt(Timestamp.newBuilder().setSeconds(seconds))
                    .build()
                    .toByteArray();
            assertThrows(DataLoss.class, () -> ImageCodec.image(new EncodedRecord(1, 1, message, 0)));
        }
    }
}
