package dev.imaged.internal.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.google.protobuf.ByteString;
import dev.imaged.errors.ImageException;
import dev.imaged.filters.Field;
import dev.imaged.proto.images.v1.Image;
import dev.imaged.proto.types.Descriptor;
import org.junit.jupiter.api.Test;

/** A filter sees of the bytes what it would see of the message. */
class EncodedFieldsTest {
    private static final Image IMAGE = Image.newBuilder()
            .setName("näme")
            .putLabels("k", "v")
            .putLabels("empty", "")
            .putLabels("", "of the empty key")
            .setTarget(Descriptor.newBuilder()
                    .setMediaType("m")
                    .setDigest("d")
                    .setSize(Long.MAX_VALUE)
                    .putAnnotations("k", "annotation"))
            .build();

    @Test
    void eachFieldIsFound() {
        EncodedFields fields = new EncodedFields(IMAGE.toByteString());

        assertEquals("näme", fields.value(Field.NAME));
        assertEquals("m", fields.value(Field.TARGET_MEDIATYPE));
        assertEquals("d", fields.value(Field.TARGET_DIGEST));
        assertEquals("v", fields.value(Field.label("k")));
        assertEquals("", fields.value(Field.label("empty")));
        assertEquals("of the empty key", fields.value(Field.label("")));
        assertEquals("annotation", fields.value(Field.annotation("k")));
        assertNull(fields.value(Field.label("K")));
        assertNull(fields.value(Field.annotation("empty")));
        assertNull(fields.value(Field.NONE));
    }

    @Test
    void whatIsAbsentIsWhatTheMessageSays() {
        EncodedFields fields = new EncodedFields(ByteString.EMPTY);

        assertEquals("", fields.value(Field.NAME));
        assertEquals("", fields.value(Field.TARGET_DIGEST));
        assertNull(fields.value(Field.label("k")));
        assertNull(fields.value(Field.annotation("k")));
    }

    @Test
    void theLastOfSeveralCountsAsInTheMessage() throws Exception {
        Image second = Image.newBuilder()
                .setName("later")
                .putLabels("k", "w")
                .setTarget(Descriptor.newBuilder().setDigest("e").putAnnotations("l", "x"))
                .build();
        ByteString both = IMAGE.toByteString().concat(second.toByteString());
        Image merged = Image.parseFrom(both);
        EncodedFields fields = new EncodedFields(both);

        assertEquals(merged.getName(), fields.value(Field.NAME));
        assertEquals(merged.getTarget().getMediaType(), fields.value(Field.TARGET_MEDIATYPE));
        assertEquals(merged.getTarget().getDigest(), fields.value(Field.TARGET_DIGEST));
        assertEquals(merged.getLabelsOrThrow("k"), fields.value(Field.label("k")));
        assertEquals("annotation", fields.value(Field.annotation("k")));
        assertEquals("x", fields.value(Field.annotation("l")));
    }

    @Test
    void bytesThatAreNotAMessageAreDataLoss() {
        ByteString whole = IMAGE.toByteString();
        EncodedFields cut = new EncodedFields(whole.substring(0, whole.size() - 1));
        EncodedFields garbage = new EncodedFields(ByteString.copyFrom(new byte[] {10, 1, (byte) 0xFF}));

        assertThrows(ImageException.DataLoss.class, () -> cut.value(Field.NAME));
        assertThrows(ImageException.DataLoss.class, () -> garbage.value(Field.NAME));
    }
}
