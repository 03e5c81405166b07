package dev.imaged.content;

import dev.imaged.errors.ImageException.InvalidArgument;
import dev.imaged.internal.text.Excerpt;
import dev.imaged.oci.Descriptor;
import dev.imaged.oci.Digest;
import dev.imaged.oci.Platform;
import java.io.IOException;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads a descriptor (OCI image-spec, descriptor.md). Not thread-safe. */
final class DescriptorReader {
    private static final JsonKeys KEYS =
            JsonKeys.of("mediaType", "digest", "size", "annotations", "platform", "artifactType", "urls", "data");

    /** No digest that is accepted is longer, in characters; a longer text need not be quoted in full. */
    private static final int MAX_DIGEST = 256;

    /** Characters that stand for three bytes; the last ones are padded (RFC 4648, section 4). */
    private static final int BASE64_GROUP = 4;

    private final StrictJson json;
    private @Nullable String mediaType;
    private @Nullable String digest;
    private @Nullable Long size;
    private Map<String, String> annotations = Map.of();
    private @Nullable Platform platform;
    private String artifactType = "";
    private List<String> urls = List.of();
    private String data = "";

    private DescriptorReader(StrictJson json) {
        this.json = json;
    }

    static Descriptor read(StrictJson json) throws IOException {
        return new DescriptorReader(json).descriptor();
    }

    private Descriptor descriptor() throws IOException {
        json.object(KEYS, key -> {
            switch (key) {
                case "mediaType" -> mediaType = json.text();
                case "digest" -> digest = digest(json);
                case "size" -> size = size();
                case "annotations" -> annotations = json.texts();
                case "platform" -> platform = platform();
                case "artifactType" -> artifactType = json.text();
                case "urls" -> urls = json.listOfTexts();
                case "data" -> data = data();
                default -> {}
            }
        });
        long known = json.require("size", size);
        return new Descriptor(
                json.require("mediaType", mediaType),
                json.require("digest", digest),
                known,
                annotations,
                platform,
                artifactType,
                urls,
                data);
    }

    /** Reads a digest. */
    static String digest(StrictJson json) throws IOException {
        String text = json.text();
        if (text.length() > MAX_DIGEST) {
            throw json.invalid(Excerpt.quote(text) + " is too long for a digest");
        }
        try {
            Digest.requireValid("digest", text);
        } catch (InvalidArgument e) {
            Digest.requireValid(json.place(), text); // once more: the place is made for the message alone
        }
        return text;
    }

    private long size() throws IOException {
        long number = json.number();
        if (number < 0) {
            throw json.invalid("must not be negative, is " + number);
        }
        return number;
    }

    private Platform platform() throws IOException {
        PlatformFields fields = new PlatformFields(json);
        json.object(PlatformFields.KEYS, fields::read);
        return fields.platform();
    }

    private String data() throws IOException {
        String text = json.text();
        if (text.length() % BASE64_GROUP != 0) { // the decoder would let it pass
            throw json.invalid(
                    "is not base64: has " + text.length() + " characters, not a multiple of " + BASE64_GROUP);
        }
        try {
            decode(text);
        } catch (IllegalArgumentException e) {
            throw json.invalid("is not base64: " + e.getMessage());
        }
        return text;
    }

    private static byte[] decode(String base64) {
        return Base64.getDecoder().decode(base64);
    }
}
