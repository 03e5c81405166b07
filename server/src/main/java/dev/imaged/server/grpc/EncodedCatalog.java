package dev.imaged.server.grpc;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import dev.imaged.proto.v1.VersionedImage;
import dev.imaged.server.engine.EncodedVersion;
import dev.imaged.server.engine.ImageCatalog.EncodedChange;
import dev.imaged.server.engine.ReadMask;
import dev.imaged.server.engine.WireFields;
import java.io.IOException;
import java.util.List;

/**
 * Parts of encoded messages of the catalogue. A message is its fields in a row, so a field that holds stored bytes can be put before
 * the rest of its message, which the generated code encodes.
 */
final class EncodedCatalog {
    private EncodedCatalog() {}

    /** Returns an encoded {@code VersionedImage}. */
    static ByteString version(EncodedVersion version, ReadMask mask) {
        VersionedImage rest = VersionedImage.newBuilder()
                .setNamespace(version.namespace())
                .setRevision(version.revision())
                .setCreatedRevision(version.createdRevision())
                .build();
        return WireFields.message(VersionedImage.IMAGE_FIELD_NUMBER, mask.apply(version.image()))
                .concat(rest.toByteString());
    }

    /** Returns a field of repeated {@code VersionedImage} messages. */
    static ByteString versions(int number, List<EncodedVersion> versions, ReadMask mask) {
        ByteString.Output fields = ByteString.newOutput();
        CodedOutputStream out = CodedOutputStream.newInstance(fields);
        try {
            for (EncodedVersion version : versions) {
                out.writeBytes(number, version(version, mask));
            }
            out.flush();
        } catch (IOException e) {
            throw new AssertionError("memory has no I/O errors", e);
        }
        return fields.toByteString();
    }

    /** Returns a field of repeated {@code Change} messages, which watches share: they are not copied. */
    static ByteString changes(int number, List<EncodedChange> changes) {
        ByteString fields = ByteString.EMPTY;
        for (EncodedChange change : changes) {
            fields = fields.concat(WireFields.message(number, change.message()));
        }
        return fields;
    }
}
