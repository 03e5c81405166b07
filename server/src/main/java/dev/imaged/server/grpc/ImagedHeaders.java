package dev.imaged.server.grpc;

import dev.imaged.errors.ImageException.InvalidArgument;
import dev.imaged.images.Condition;
import dev.imaged.images.RequestOptions;
import dev.imaged.internal.text.Excerpt;
import io.grpc.InternalMetadata;
import io.grpc.Metadata;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * The headers by which a caller of the Images API asks for what its writes do not have; {@link ReadHeaders} are those of reads.
 * Immutable.
 *
 * @param condition what has to hold of the name that is written
 * @param options the id and the reason of the request
 * @param replaces whether a create replaces the image that there is
 */
record ImagedHeaders(Condition condition, RequestOptions options, boolean replaces) {
    private static final String PREFIX = "imaged-";
    private static final byte[] PREFIX_BYTES = PREFIX.getBytes(StandardCharsets.US_ASCII);

    private static final String IF_REVISION = "imaged-if-revision";
    private static final String IF_DIGEST = "imaged-if-digest";
    private static final String REPLACE = "imaged-replace";
    private static final String REQUEST_ID = "imaged-request-id";
    private static final String REASON = "imaged-reason";
    static final String WANT = "imaged-want";

    /** The headers that a create may have. */
    static final Set<String> OF_CREATE = Set.of(REPLACE, REQUEST_ID, REASON, WANT);

    /** The headers that an update or a delete may have. */
    static final Set<String> OF_CHANGE = Set.of(IF_REVISION, IF_DIGEST, REQUEST_ID, REASON, WANT);

    /** Whether a call has such a header. Every call asks this, so it looks at the bytes and makes no texts of them. */
    static boolean areIn(Metadata headers) {
        byte[][] namesAndValues = InternalMetadata.serialize(headers);
        for (int i = 0; i < namesAndValues.length; i += 2) {
            if (startsWithPrefix(namesAndValues[i])) {
                return true;
            }
        }
        return false;
    }

    private static boolean startsWithPrefix(byte[] name) {
        if (name.length < PREFIX_BYTES.length || name[0] != PREFIX_BYTES[0]) {
            return false;
        }
        for (int i = 1; i < PREFIX_BYTES.length; i++) {
            if (name[i] != PREFIX_BYTES[i]) {
                return false;
            }
        }
        return true;
    }

    /**
     * Returns the headers of a call.
     *
     * @param known the headers that the call may have
     * @throws InvalidArgument when one of them is not known, does not go with the call, is there twice, or has an invalid value
     */
    static ImagedHeaders read(Metadata headers, Set<String> known) {
        Map<String, String> given = given(headers, known);
        requireWord(given, REPLACE, "true");
        requireWord(given, WANT, "revision");
        Condition condition = Condition.NONE;
        if (given.containsKey(IF_REVISION)) {
            condition = condition.withRevision(revision(given.get(IF_REVISION)));
        }
        requireNotEmpty(given, IF_DIGEST);
        requireNotEmpty(given, REQUEST_ID); // else a caller may believe that it is safe to send the call again
        String digest = given.get(IF_DIGEST);
        if (digest != null) {
            condition = condition.withDigest(digest);
        }
        RequestOptions options = RequestOptions.DEFAULT
                .withRequestId(given.getOrDefault(REQUEST_ID, ""))
                .withReason(given.getOrDefault(REASON, ""));
        return new ImagedHeaders(condition, options, given.containsKey(REPLACE));
    }

    /**
     * Returns our headers of a call, by their names.
     *
     * @param known the headers that the call may have
     * @throws InvalidArgument when one of them is not known, does not go with the call, or is there twice
     */
    static Map<String, String> given(Metadata headers, Set<String> known) {
        Map<String, String> given = new HashMap<>();
        byte[][] namesAndValues = InternalMetadata.serialize(headers);
        for (int i = 0; i < namesAndValues.length; i += 2) {
            if (startsWithPrefix(namesAndValues[i])) {
                String name = new String(namesAndValues[i], StandardCharsets.US_ASCII);
                if (!known.contains(name)) {
                    throw unknown(name, known);
                }
                String value = value(name, namesAndValues[i + 1]);
                if (given.put(name, value) != null) {
                    throw new InvalidArgument("header " + name + " must occur once");
                }
            }
        }
        return given;
    }

    /** A value with other characters would be kept as something else than the caller wrote. */
    private static String value(String name, byte[] bytes) {
        for (byte b : bytes) {
            if (b < ' ' || b > '~') {
                throw new InvalidArgument("header " + name + " must consist of printable ASCII characters");
            }
        }
        return new String(bytes, StandardCharsets.US_ASCII);
    }

    private static void requireNotEmpty(Map<String, String> given, String name) {
        if (given.getOrDefault(name, name).isEmpty()) {
            throw new InvalidArgument("header " + name + " must not be empty");
        }
    }

    private static RuntimeException unknown(String name, Set<String> known) {
        return new InvalidArgument("header " + Excerpt.quote(name) + " is not one of " + new TreeSet<>(known)
                        + ", which go with this call")
                .withReason("UNKNOWN_HEADER", Map.of("header", name));
    }

    /** Checks that a header is absent, or has the only value that it may have. */
    static void requireWord(Map<String, String> given, String name, String word) {
        String value = given.getOrDefault(name, word);
        if (!value.equals(word)) {
            throw new InvalidArgument("header " + name + " is " + Excerpt.quote(value) + " and must be " + word);
        }
    }

    private static long revision(String value) {
        try {
            long revision = Long.parseLong(value);
            if (revision > 0) {
                return revision;
            }
        } catch (NumberFormatException e) {
            // The message below says it.
        }
        throw new InvalidArgument(
                "header " + IF_REVISION + " is " + Excerpt.quote(value) + " and must be a number greater than zero");
    }
}
