package dev.imaged.content;

import dev.imaged.oci.Descriptor;
import dev.imaged.oci.Digest;
import java.util.Base64;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/** The content that a descriptor carries itself (OCI image-spec, descriptor.md, "Embedded Content"). */
final class EmbeddedContent {
    private EmbeddedContent() {}

    /** Returns the content, null when the descriptor carries none or its data does not match the digest. */
    static byte @Nullable [] find(Descriptor blob) {
        byte[] bytes = blob.data().isEmpty() ? null : decode(blob);
        return bytes != null && problem(blob, bytes) == null ? bytes : null;
    }

    /** Returns the rule that the data of a descriptor breaks, or null when the data is valid or missing. */
    static @Nullable String problem(Descriptor blob) {
        if (blob.data().isEmpty()) {
            return null;
        }
        byte[] bytes = decode(blob);
        return bytes == null ? "the descriptor's data is not base64" : problem(blob, bytes);
    }

    private static @Nullable String problem(Descriptor blob, byte[] bytes) {
        if (bytes.length != blob.size()) {
            return "the descriptor's data has " + bytes.length + " bytes instead of " + blob.size();
        }
        Digest expected = Digest.parse(blob.digest());
        String actual = HexFormat.of().formatHex(expected.newHash().digest(bytes));
        return actual.equals(expected.encoded())
                ? null
                : "the descriptor's data has the digest " + expected.algorithm() + ":" + actual;
    }

    private static byte @Nullable [] decode(Descriptor blob) {
        try {
            return Base64.getDecoder().decode(blob.data());
        } catch (IllegalArgumentException e) {
            return null;
        }
    }
}
