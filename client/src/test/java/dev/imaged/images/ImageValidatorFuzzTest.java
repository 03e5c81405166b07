package dev.imaged.images;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.imaged.errors.ImageException;
import dev.imaged.internal.text.Utf8Order;
import dev.imaged.oci.Digest;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.regex.Pattern;

/** Any text is a namespace, a digest and a name exactly when a second reading of their grammars says so. */
class ImageValidatorFuzzTest {
    private static final Pattern NAMESPACE = Pattern.compile("[A-Za-z0-9]++(?:[._-][A-Za-z0-9]++)*+");

    private static final Map<String, Integer> DIGEST_LENGTHS = Map.of("sha256", 64, "sha384", 96, "sha512", 128);

    @FuzzTest
    void theRulesAcceptWhatTheGrammarsDo(byte[] input) {
        for (String text : new String[] {new String(input, StandardCharsets.UTF_8), utf16(input)}) {
            assertEquals(isNamespace(text), accepts(() -> ImageValidator.requireNamespace(text)), "a namespace");
            assertEquals(isDigest(text), accepts(() -> Digest.requireValid("target.Digest", text)), "a digest");
            assertEquals(isUnicode(text), accepts(() -> ImageValidator.requireUnicode("name", text)), "a text");
            if (isDigest(text)) {
                assertEquals(text, Digest.parse(text).toString());
            }
            requireOrderOfBytes(text.substring(0, text.length() / 2), text.substring(text.length() / 2));
        }
    }

    /** Two bytes are a character each, also half of one. */
    private static String utf16(byte[] input) {
        StringBuilder text = new StringBuilder();
        ByteBuffer.wrap(input).asCharBuffer().chars().forEach(c -> text.append((char) c));
        return text.toString();
    }

    private static boolean accepts(Runnable rule) {
        try {
            rule.run();
            return true;
        } catch (ImageException.InvalidArgument | ImageException.FailedPrecondition e) {
            assertTrue(e.getMessage().chars().noneMatch(Character::isISOControl), e.getMessage());
            return false;
        }
    }

    private static boolean isNamespace(String text) {
        return text.length() <= 76 && NAMESPACE.matcher(text).matches();
    }

    private static boolean isDigest(String text) {
        String[] parts = text.split(":", 2);
        return parts.length == 2
                && parts[1].length() == DIGEST_LENGTHS.getOrDefault(parts[0], 0)
                && !parts[1].isEmpty()
                && parts[1].chars().allMatch(c -> "0123456789abcdef".indexOf(c) >= 0);
    }

    private static boolean isUnicode(String text) {
        return StandardCharsets.UTF_8.newEncoder().canEncode(text);
    }

    private static void requireOrderOfBytes(String a, String b) {
        if (isUnicode(a) && isUnicode(b)) {
            int bytes = Arrays.compareUnsigned(a.getBytes(StandardCharsets.UTF_8), b.getBytes(StandardCharsets.UTF_8));
            assertEquals(Integer.signum(bytes), Integer.signum(Utf8Order.COMPARATOR.compare(a, b)));
        }
    }
}
