package dev.imaged.oci;

import com.google.re2j.Pattern;
import dev.imaged.errors.ImageException.InvalidArgument;
import dev.imaged.internal.text.Excerpt;
import dev.imaged.internal.text.GoQuote;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * The digest of a piece of content, {@code ALGORITHM:HEX} (OCI image-spec, descriptor.md, "Digests").
 * Only sha256, sha384 and sha512 are accepted, in lower-case hex. Immutable and thread-safe.
 *
 * @param algorithm the name of the hash, for example {@code sha256}
 * @param encoded the hash in lower-case hex
 */
public record Digest(String algorithm, String encoded) {
    private static final String SHA256 = "sha256";

    /** Length of the encoded part, in bytes, of each algorithm that is accepted. */
    private static final Map<String, Integer> ENCODED_LENGTH = Map.of(SHA256, 64, "sha384", 96, "sha512", 128);

    /** The grammar of the specification. It covers algorithms that are not accepted here as well. */
    private static final Pattern GRAMMAR = Pattern.compile("[a-z0-9]+([.+_-][a-z0-9]+)*:[a-zA-Z0-9=_-]+");

    /** @throws InvalidArgument when the two parts do not form a digest */
    public Digest {
        requireValid(algorithm + ":" + encoded);
    }

    /**
     * Reads a digest.
     *
     * @throws InvalidArgument when {@code text} is not a digest, or has an algorithm that is not accepted
     */
    public static Digest parse(String text) {
        requireValid(text);
        int colon = text.indexOf(':');
        return new Digest(text.substring(0, colon), text.substring(colon + 1));
    }

    /** Returns the sha256 digest of bytes. */
    public static Digest sha256(byte[] bytes) {
        return new Digest(SHA256, HexFormat.of().formatHex(newHash(SHA256).digest(bytes)));
    }

    /**
     * Returns the sha256 digest of a stream, which is read to its end and not closed.
     *
     * @throws IOException when the stream throws it
     */
    public static Digest sha256(InputStream in) throws IOException {
        MessageDigest hash = newHash(SHA256);
        in.transferTo(new DigestOutputStream(OutputStream.nullOutputStream(), hash));
        return new Digest(SHA256, HexFormat.of().formatHex(hash.digest()));
    }

    /** Returns a new hash of this digest's algorithm, to compare content with this digest. */
    public MessageDigest newHash() {
        return newHash(algorithm);
    }

    private static MessageDigest newHash(String algorithm) {
        try {
            return MessageDigest.getInstance(algorithm.replace("sha", "SHA-"));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has " + algorithm, e);
        }
    }

    /**
     * Checks that {@code text} is a digest.
     *
     * @throws InvalidArgument when it is not, naming the rule and the value; a long value is shortened
     */
    public static void requireValid(String text) {
        requireValid("digest", text, Excerpt::quote);
    }

    /**
     * Checks that {@code text} is a digest.
     *
     * @param field the name of the value in messages
     * @throws InvalidArgument when it is not, naming the field, the value and the rule as containerd does
     */
    public static void requireValid(String field, String text) {
        requireValid(field, text, GoQuote::quote);
    }

    private static void requireValid(String field, String text, UnaryOperator<String> quote) {
        problem(text).ifPresent(rule -> {
            throw new InvalidArgument(field + " " + quote.apply(text) + " invalid: " + rule);
        });
    }

    /** Whether {@code text} is a digest of an algorithm that is accepted. */
    public static boolean isValid(String text) {
        return problem(text).isEmpty();
    }

    /**
     * The length is checked before the characters, and the grammar before the algorithm, in the order that callers of
     * containerd observe.
     */
    private static Optional<String> problem(String text) {
        int colon = text.indexOf(':');
        Integer length = colon < 0 ? null : ENCODED_LENGTH.get(text.substring(0, colon));
        if (length == null) {
            return Optional.of(
                    GRAMMAR.matches(text) ? "unsupported digest algorithm" : "invalid checksum digest format");
        }
        String encoded = text.substring(colon + 1);
        if (encoded.isEmpty()) {
            return Optional.of("invalid checksum digest format");
        }
        if (encoded.getBytes(StandardCharsets.UTF_8).length != length) {
            return Optional.of("invalid checksum digest length");
        }
        return encoded.chars().allMatch(Digest::isLowerHex)
                ? Optional.empty()
                : Optional.of("invalid checksum digest format");
    }

    private static boolean isLowerHex(int c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
    }

    /** Returns {@code ALGORITHM:HEX}. */
    @Override
    public String toString() {
        return algorithm + ":" + encoded;
    }
}
