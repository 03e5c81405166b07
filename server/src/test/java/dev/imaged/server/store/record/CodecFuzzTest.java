package dev.imaged.server.store.record;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import com.google.protobuf.ByteString;
import dev.imaged.errors.ImageException.DataLoss;
import dev.imaged.filters.Field;
import dev.imaged.images.Image;
import dev.imaged.internal.wire.EncodedFields;
import java.util.ArrayList;
import java.util.List;

/**
 * Any bytes, also under a checksum that fits, are a record or a change that comes back as it was when it is encoded
 * again, or DataLoss.
 */
class CodecFuzzTest {
    private static final byte VERSION = 1;
    private static final byte[] IMAGE_KEY = Keys.image("ns", "a\0");
    private static final byte[] CHANGE_KEY = Keys.revision(7);

    @FuzzTest
    void anyBytesAreDataLossOrComeBack(byte[] input) {
        requireImage(input);
        requireChange(input);
        if (input.length >= ValueFrame.HEADER_BYTES) {
            requireImage(ValueFrame.seal(VERSION, IMAGE_KEY, input.clone()));
            requireChange(ValueFrame.seal(VERSION, CHANGE_KEY, input.clone()));
        }
    }

    private static void requireImage(byte[] value) {
        EncodedRecord record;
        Image image;
        try {
            record = ImageCodec.decode(IMAGE_KEY, value);
            image = ImageCodec.image(record);
        } catch (DataLoss e) {
            return;
        }
        EncodedRecord again = ImageCodec.encode(IMAGE_KEY, image, record.createdRevision(), record.modifiedRevision());
        EncodedRecord decoded = ImageCodec.decode(IMAGE_KEY, again.value());
        assertEquals(image, ImageCodec.image(decoded));
        assertEquals(record.createdRevision(), decoded.createdRevision());
        assertEquals(record.modifiedRevision(), decoded.modifiedRevision());
        requireFields(image, again.message());
        try {
            requireFields(image, record.message());
        } catch (DataLoss e) {
            // of fields that are in no image: what protobuf skips on its way to a field may be broken
        }
    }

    /** A filter sees in the bytes what is in the image. */
    private static void requireFields(Image image, ByteString message) {
        List<Field> fields = new ArrayList<>(List.of(
                Field.NAME, Field.TARGET_DIGEST, Field.TARGET_MEDIATYPE, Field.label("k"), Field.annotation("k")));
        image.labels().keySet().forEach(key -> fields.add(Field.label(key)));
        image.target().annotations().keySet().forEach(key -> fields.add(Field.annotation(key)));
        EncodedFields encoded = new EncodedFields(message);
        for (Field field : fields) {
            assertEquals(image.value(field), encoded.value(field), field::toString);
        }
    }

    private static void requireChange(byte[] value) {
        Change change;
        try {
            change = ChangeCodec.decode(CHANGE_KEY, value);
        } catch (DataLoss e) {
            return;
        }
        byte[] again = ChangeCodec.encode(CHANGE_KEY, change);
        assertTrue(again.length <= ChangeCodec.maxSize(change));
        Change decoded = ChangeCodec.decode(CHANGE_KEY, again);
        assertEquals(
                List.of(change.revision(), change.time(), change.kind(), change.namespace(), change.name()),
                List.of(decoded.revision(), decoded.time(), decoded.kind(), decoded.namespace(), decoded.name()));
        assertEquals(change.previous(), decoded.previous());
        assertEquals(change.cause(), decoded.cause());
        assertArrayEquals(change.before(), decoded.before());
        assertArrayEquals(change.after(), decoded.after());
    }
}
