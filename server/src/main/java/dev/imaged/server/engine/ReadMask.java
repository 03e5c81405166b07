package dev.imaged.server.engine;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.WireFormat;
import dev.imaged.errors.ImageException.InvalidArgument;
import dev.imaged.internal.text.Excerpt;
import dev.imaged.proto.images.v1.Image;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * Which fields of images an answer has. The name always comes. Immutable and thread-safe.
 *
 * @param fields the numbers of the fields; empty for all
 */
public record ReadMask(Set<Integer> fields) {
    /** All fields. */
    public static final ReadMask ALL = new ReadMask(Set.of());

    /**
     * Returns the mask of some paths: name, labels, target, created_at, updated_at; all fields when there is none.
     *
     * @throws InvalidArgument when a path is another
     */
    public static ReadMask of(List<String> paths) {
        if (paths.isEmpty()) {
            return ALL;
        }
        Set<Integer> fields = new TreeSet<>(Set.of(Image.NAME_FIELD_NUMBER));
        for (String path : paths) {
            var field = Image.getDescriptor().findFieldByName(path);
            if (field == null) {
                throw new InvalidArgument("read_mask: path " + Excerpt.quote(path)
                        + " is not one of name, labels, target, created_at, updated_at");
            }
            fields.add(field.getNumber());
        }
        return new ReadMask(fields);
    }

    /** Returns the fields of an encoded image that the answer has. */
    public ByteString apply(ByteString image) {
        if (fields.isEmpty()) {
            return image;
        }
        ByteString kept = ByteString.EMPTY;
        CodedInputStream in = image.newCodedInput();
        try {
            while (!in.isAtEnd()) {
                int start = in.getTotalBytesRead();
                int tag = in.readTag();
                in.skipField(tag);
                if (fields.contains(WireFormat.getTagFieldNumber(tag))) {
                    kept = kept.concat(image.substring(start, in.getTotalBytesRead()));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return kept;
    }
}
