package dev.imaged.images;

import dev.imaged.errors.ImageException;
import dev.imaged.errors.ImageException.Code;
import dev.imaged.errors.ImageException.FailedPrecondition;
import dev.imaged.errors.ImageException.InvalidArgument;
import dev.imaged.internal.text.Excerpt;
import dev.imaged.internal.text.GoQuote;
import dev.imaged.internal.text.UnicodeText;
import dev.imaged.oci.Descriptor;
import dev.imaged.oci.Digest;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/**
 * The rules of containerd's Images API for names, namespaces, labels and targets. Every error names the field, the
 * value and the rule.
 */
public final class ImageValidator {
    /** The most bytes, in UTF-8, that the key and the value of a label take together. */
    public static final int MAX_LABEL_BYTES = 4096;

    /** The most bytes, in UTF-8, that the key of an annotation takes: more than that containerd cannot store. */
    public static final int MAX_ANNOTATION_KEY_BYTES = 32768;

    /** The most characters of a namespace. */
    public static final int MAX_NAMESPACE_LENGTH = 76;

    private static final int KEY_BYTES_IN_MESSAGE = 64;
    private static final String NAMESPACE_GRAMMAR = "^[A-Za-z0-9]+(?:[._-](?:[A-Za-z0-9]+))*$";

    private ImageValidator() {}

    /**
     * Checks a namespace.
     *
     * @throws FailedPrecondition when it is empty, because the call named no namespace
     * @throws InvalidArgument when it is longer than {@value #MAX_NAMESPACE_LENGTH} bytes or breaks the pattern
     */
    public static void requireNamespace(String namespace) {
        if (namespace.isEmpty()) {
            throw new FailedPrecondition("namespace is required");
        }
        if (utf8Length(namespace) > MAX_NAMESPACE_LENGTH) {
            throw invalidNamespace(namespace, "greater than maximum length (" + MAX_NAMESPACE_LENGTH + " characters)");
        }
        if (!isIdentifier(namespace)) {
            throw invalidNamespace(namespace, "must match " + NAMESPACE_GRAMMAR);
        }
    }

    private static InvalidArgument invalidNamespace(String namespace, String rule) {
        return new InvalidArgument("namespace validation: identifier " + GoQuote.quote(namespace) + " " + rule);
    }

    /** Whether a text is a valid identifier. Not a regular expression, which would be slower: each call of the API checks this. */
    private static boolean isIdentifier(String text) {
        boolean complete = false;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            boolean separates = c == '.' || c == '_' || c == '-';
            if (separates ? !complete : !isLetterOrDigit(c)) {
                return false;
            }
            complete = !separates;
        }
        return complete;
    }

    private static boolean isLetterOrDigit(char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    }

    /**
     * Checks the name of an image that is to be written.
     *
     * @throws InvalidArgument when it is empty
     */
    public static void requireName(String name) {
        if (name.isEmpty()) {
            throw ImageException.of(Code.INVALID_ARGUMENT, "Image.Name required", null);
        }
    }

    /**
     * Checks that a text can be encoded.
     *
     * @param field what the message calls the value
     * @throws InvalidArgument when it holds a surrogate without its other half
     */
    public static void requireUnicode(String field, String text) {
        String problem = UnicodeText.problem(text);
        if (problem != null) {
            throw new InvalidArgument(field + " " + Excerpt.quote(text) + " " + problem);
        }
    }

    /**
     * Checks the fields of an image in the order in which containerd does: labels, digest, size, media type.
     *
     * @throws InvalidArgument for the first rule that is broken
     */
    public static void requireValid(Image image) {
        requireUnicode(image);
        image.labels().forEach(ImageValidator::requireLabel);
        Descriptor target = image.target();
        Digest.requireValid("target.Digest", target.digest());
        if (target.size() <= 0) {
            throw new InvalidArgument("target.Size must be greater than zero");
        }
        if (target.mediaType().isEmpty()) {
            throw new InvalidArgument("target.MediaType must be set");
        }
    }

    /**
     * Checks that every key can be stored. A key without a value does not count, because it is dropped.
     *
     * @throws InvalidArgument when a key with a value is empty, or an annotation's is too long
     */
    static void requireStorable(Image image) {
        requireKeys("image.Labels: label", image.labels());
        Map<String, String> annotations = image.target().annotations();
        requireKeys("target.Annotations: annotation", annotations);
        annotations.forEach((key, value) -> {
            if (!value.isEmpty() && utf8Length(key) > MAX_ANNOTATION_KEY_BYTES) {
                throw new InvalidArgument("target.Annotations: annotation key length (" + utf8Length(key)
                        + " bytes) greater than maximum size (" + MAX_ANNOTATION_KEY_BYTES + " bytes), key: "
                        + firstBytes(key));
            }
        });
    }

    private static void requireKeys(String field, Map<String, String> entries) {
        String value = entries.getOrDefault("", "");
        if (!value.isEmpty()) {
            throw new InvalidArgument(field + " \"\"=" + GoQuote.quote(value) + ": key required");
        }
    }

    private static void requireLabel(String key, String value) {
        int length = utf8Length(key) + utf8Length(value);
        if (length > MAX_LABEL_BYTES) {
            throw new InvalidArgument("image.Labels: label key and value length (" + length
                    + " bytes) greater than maximum size (" + MAX_LABEL_BYTES + " bytes), key: " + firstBytes(key));
        }
    }

    /**
     * Checks that all texts of an image can be encoded.
     *
     * @throws InvalidArgument when a text holds a surrogate without its other half, naming the field
     */
    public static void requireUnicode(Image image) {
        requireUnicode("image.Name", image.name());
        requireUnicode("image.Labels", image.labels());
        requireUnicode("target.Digest", image.target().digest());
        requireUnicode("target.MediaType", image.target().mediaType());
        requireUnicode("target.Annotations", image.target().annotations());
    }

    private static void requireUnicode(String field, Map<String, String> entries) {
        entries.forEach((key, value) -> {
            requireUnicode(field, key);
            requireUnicode(field, value);
        });
    }

    private static int utf8Length(String text) {
        return text.getBytes(StandardCharsets.UTF_8).length;
    }

    /** The start of a key for a message; a character that the cut splits becomes a replacement character. */
    private static String firstBytes(String key) {
        byte[] bytes = key.getBytes(StandardCharsets.UTF_8);
        return StandardCharsets.UTF_8
                .decode(ByteBuffer.wrap(bytes, 0, Math.min(bytes.length, KEY_BYTES_IN_MESSAGE)))
                .toString();
    }
}
