package dev.imaged.internal.wire;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.WireFormat;
import dev.imaged.errors.ImageException;
import dev.imaged.filters.Field;
import dev.imaged.filters.FieldSource;
import dev.imaged.proto.images.v1.Image;
import dev.imaged.proto.types.Descriptor;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * The fields of an encoded {@code Image} message for a filter. The values are those of the decoded image, at less cost:
 * only the field that a filter asks for is decoded. Immutable and thread-safe.
 */
public final class EncodedFields implements FieldSource {
    /** The tags of an entry of a map of texts: protobuf's encoding, "Maps". */
    private static final int KEY = 1 << 3 | WireFormat.WIRETYPE_LENGTH_DELIMITED;

    private static final int VALUE = 2 << 3 | WireFormat.WIRETYPE_LENGTH_DELIMITED;

    private final ByteString image;

    /** Creates the view of an image in protobuf's encoding. */
    public EncodedFields(ByteString image) {
        this.image = image;
    }

    /**
     * {@inheritDoc}
     *
     * @throws ImageException.DataLoss when the bytes are not such a message
     */
    @Override
    public @Nullable String value(Field field) {
        try {
            return switch (field.kind()) {
                case NAME -> text(image, Image.NAME_FIELD_NUMBER);
                case TARGET_DIGEST -> text(target(), Descriptor.DIGEST_FIELD_NUMBER);
                case TARGET_MEDIATYPE -> text(target(), Descriptor.MEDIA_TYPE_FIELD_NUMBER);
                case LABEL -> entry(image, Image.LABELS_FIELD_NUMBER, field.key());
                case ANNOTATION -> entry(target(), Descriptor.ANNOTATIONS_FIELD_NUMBER, field.key());
                case NONE -> null;
            };
        } catch (IOException e) {
            throw new ImageException.DataLoss("a stored image cannot be decoded: " + e.getMessage(), e);
        }
    }

    private interface Visitor {
        void visit(CodedInputStream in) throws IOException;
    }

    /** Calls the visitor at the value of each occurrence of a field that has a length. */
    private static void forEach(ByteString message, int field, Visitor visitor) throws IOException {
        int wanted = field << 3 | WireFormat.WIRETYPE_LENGTH_DELIMITED;
        CodedInputStream in = message.newCodedInput();
        in.enableAliasing(true);
        for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
            if (tag == wanted) {
                visitor.visit(in);
            } else {
                in.skipField(tag);
            }
        }
    }

    /** A message field that occurs several times is the concatenation of all: protobuf's encoding, "Last One Wins". */
    private ByteString target() throws IOException {
        ByteString[] target = {ByteString.EMPTY};
        forEach(image, Image.TARGET_FIELD_NUMBER, in -> target[0] = target[0].concat(in.readBytes()));
        return target[0];
    }

    private static String text(ByteString message, int field) throws IOException {
        String[] text = {""};
        forEach(message, field, in -> text[0] = in.readStringRequireUtf8());
        return text[0];
    }

    private static @Nullable String entry(ByteString message, int field, String key) throws IOException {
        String[] value = {null};
        forEach(message, field, in -> {
            String found = entryIfOf(key, in);
            value[0] = found == null ? value[0] : found;
        });
        return value[0];
    }

    /** Reads the next entry of a map, and returns its value if its key is this one. */
    private static @Nullable String entryIfOf(String key, CodedInputStream in) throws IOException {
        int outer = in.pushLimit(in.readRawVarint32());
        String found = "";
        ByteString value = ByteString.EMPTY;
        for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
            switch (tag) {
                case KEY -> found = in.readStringRequireUtf8();
                case VALUE -> value = in.readBytes();
                default -> in.skipField(tag);
            }
        }
        in.popLimit(outer);
        return found.equals(key) ? utf8(value) : null;
    }

    private static String utf8(ByteString text) throws IOException {
        if (!text.isValidUtf8()) {
            throw new InvalidProtocolBufferException("a text is not UTF-8");
        }
        return text.toStringUtf8();
    }
}
