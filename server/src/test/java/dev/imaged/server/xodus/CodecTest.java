package dev.imaged.server.xodus;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.Timestamp;
import dev.imaged.errors.ImageException.DataLoss;
import dev.imaged.images.Image;
import dev.imaged.oci.Descriptor;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Arrays;
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
    private static final Change CHANGE =
            new Change(7, IMAGE.updatedAt(), Change.Kind.UPDATE, "ns", "n\0", 4, new byte[] {1, 2}, new byte[] {3});

    @Test
    void anImageComesBackWithItsRevisions() {
        ImageRecord decoded = ImageCodec.decode(
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
        Change decoded = ChangeCodec.decode(CHANGE_KEY, ChangeCodec.encode(CHANGE_KEY, CHANGE));

        assertEquals(CHANGE.revision(), decoded.revision());
        assertEquals(CHANGE.time(), decoded.time());
        assertEquals(CHANGE.kind(), decoded.kind());
        assertEquals(CHANGE.namespace(), decoded.namespace());
        assertEquals(CHANGE.name(), decoded.name());
        assertEquals(CHANGE.previous(), decoded.previous());
        assertArrayEquals(CHANGE.before(), decoded.before());
        assertArrayEquals(CHANGE.after(), decoded.after());
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
    void aTimeOutOfRangeIsFoundAlsoUnderAMatchingChecksum() {
        byte[] change = ChangeCodec.encode(CHANGE_KEY, CHANGE);
        for (long seconds : new long[] {Long.MIN_VALUE, Instant.MAX.getEpochSecond() + 1, Long.MAX_VALUE}) {
            ByteBuffer.wrap(change).putLong(Checksum.HEADER_BYTES, seconds);
            Checksum.seal(change[0], CHANGE_KEY, change);
            assertThrows(DataLoss.class, () -> ChangeCodec.decode(CHANGE_KEY, change));

            byte[] message = dev.imaged.proto.images.v1.Image.newBuilder()
                    .setCreatedAt(Timestamp.newBuilder().setSeconds(seconds))
                    .build()
                    .toByteArray();
            assertThrows(DataLoss.class, () -> ImageCodec.image(new ImageRecord(1, 1, message, 0)));
        }
    }
}
