package dev.imaged.content;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import dev.imaged.errors.ImageException;
import dev.imaged.images.ImageContent;
import dev.imaged.oci.Descriptor;
import dev.imaged.oci.MediaType;
import dev.imaged.oci.Platform;
import dev.imaged.oci.PlatformMatcher;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Documents that somebody broke are an {@link ImageException} or a result, and cost memory in proportion to their size. */
class DocumentFuzzTest {
    private static final int CASES = 10_000;
    private static final int MAX_CHANGES = 4;

    /** How many times its size a document may allocate while it is read. */
    private static final long MAX_ALLOCATION_FACTOR = 40;

    private static final long FIXED_ALLOCATION = 4 * 1024 * 1024;

    /** How long a message may be, in characters. */
    private static final int MAX_MESSAGE = 1000;

    private static final String DIGEST = "sha256:" + "0".repeat(64);
    private static final String BLOB = "{\"mediaType\":\"" + MediaType.OCI_LAYER + "\",\"digest\":\"" + DIGEST
            + "\",\"size\":3,\"annotations\":{\"k\":\"v\"},\"urls\":[\"u\"],\"data\":\"AAAA\",\"platform\":"
            + "{\"architecture\":\"arm\",\"os\":\"linux\",\"os.version\":\"1\",\"os.features\":[\"f\"],\"variant\":\"v7\"}}";

    private static final List<String> DOCUMENTS = List.of(
            "{\"schemaVersion\":2,\"mediaType\":\"" + MediaType.OCI_INDEX + "\",\"manifests\":[" + BLOB + "," + BLOB
                    + "],\"subject\":" + BLOB + ",\"annotations\":{\"a\":\"b\"}}",
            "{\"schemaVersion\":2,\"mediaType\":\"" + MediaType.OCI_MANIFEST + "\",\"config\":" + BLOB + ",\"layers\":["
                    + BLOB + "],\"annotations\":{\"a\":\"b\"}}",
            "{\"created\":\"2024-01-01T00:00:00Z\",\"architecture\":\"amd64\",\"os\":\"linux\",\"config\":{\"User\":\"u\","
                    + "\"ExposedPorts\":{\"80/tcp\":{}},\"Env\":[\"A=b\"],\"Cmd\":[\"sh\"],\"Volumes\":{\"/d\":{}},"
                    + "\"Labels\":{\"k\":\"v\"},\"ArgsEscaped\":true},\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\""
                    + DIGEST + "\"]},\"history\":[{\"created\":\"2024-01-01T00:00:00Z\",\"empty_layer\":true}]}");

    /** What is answered of a document that is not broken. */
    private static final List<Question> QUESTIONS =
            List.of(ImageContent::platforms, ImageContent::size, ImageContent::rootFs);

    private static final List<String> TOKENS = List.of(
            "null",
            "true",
            "-1",
            "1.5",
            "1e99",
            "9223372036854775808",
            "\"\"",
            "{}",
            "[]",
            "[[",
            "{\"a\":",
            "}",
            "]",
            ",",
            ":",
            "\"manifests\":[],",
            "\"fsLayers\":[],",
            "\"schemaVersion\":1,",
            "\"size\":-3,",
            "\\u0000",
            "\\ud800",
            "\u00e9",
            "sha256:",
            "../",
            DIGEST,
            BLOB,
            "\"config\":{},",
            "/*",
            "NaN",
            "1".repeat(2000),
            "x".repeat(5000));

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    void mutatedDocumentsAreReadOrRefused(int kind) {
        int refused = 0;
        for (long seed = 0; seed < CASES; seed++) {
            byte[] document = mutated(DOCUMENTS.get(kind), new Random(seed));
            try {
                ask(kind, document);
            } catch (ImageException e) {
                refused++;
                requireReadable(e, "kind " + kind + ", seed " + seed);
            } catch (Throwable e) {
                fail("kind " + kind + ", seed " + seed + ": " + new String(document, StandardCharsets.UTF_8), e);
            }
        }
        assertTrue(refused > CASES / 10 && refused < CASES, refused + " of " + CASES + " were refused");
    }

    private static byte[] mutated(String document, Random random) {
        StringBuilder text = new StringBuilder(document);
        for (int changes = 1 + random.nextInt(MAX_CHANGES); changes > 0; changes--) {
            int at = random.nextInt(text.length() + 1);
            int end = Math.min(text.length(), at + random.nextInt(8));
            switch (random.nextInt(4)) {
                case 0 -> text.delete(at, end);
                case 1 -> text.insert(at, TOKENS.get(random.nextInt(TOKENS.size())));
                case 2 -> text.replace(at, end, TOKENS.get(random.nextInt(TOKENS.size())));
                default -> text.insert(at, text.substring(at, end));
            }
        }
        byte[] bytes = text.toString().getBytes(StandardCharsets.UTF_8);
        if (random.nextInt(4) == 0) {
            bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
        }
        return bytes;
    }

    /** Asks everything of an image whose document of that kind is the given one. */
    private static void ask(int kind, byte[] document) throws Exception {
        InMemoryContent content = new InMemoryContent();
        Descriptor target = content.add(type(kind), document);
        if (kind == 2) {
            String config = "{\"mediaType\":\"%s\",\"digest\":\"%s\",\"size\":%d}"
                    .formatted(target.mediaType(), target.digest(), target.size());
            target = content.add(
                    MediaType.OCI_MANIFEST,
                    ("{\"schemaVersion\":2,\"config\":" + config + ",\"layers\":[]}").getBytes(StandardCharsets.UTF_8));
        }
        ImageContent image =
                new ImageContent(Documents.of(content), target, PlatformMatcher.only(new Platform("linux", "arm")));
        for (Question question : List.<Question>of(
                ImageContent::platforms,
                ImageContent::size,
                ImageContent::rootFs,
                ImageContent::check,
                ImageContent::missing)) {
            try {
                question.ask(image);
            } catch (ImageException e) {
                // the answer to this question
            }
        }
        QUESTIONS.get(kind).ask(image);
    }

    private interface Question {
        Object ask(ImageContent image) throws Exception;
    }

    private static String type(int kind) {
        return List.of(MediaType.OCI_INDEX, MediaType.OCI_MANIFEST, MediaType.OCI_CONFIG)
                .get(kind);
    }

    @Test
    void theLargestDocumentsCostMemoryInProportion() {
        int size = Blobs.MAX_DOCUMENT_BYTES - 1000;
        for (String hostile : List.of(
                "[".repeat(size),
                "{\"a\":".repeat(size / 5),
                "{\"a\":\"" + "x".repeat(size),
                "{\"schemaVersion\":" + "1".repeat(size),
                "{\"schemaVersion\":2,\"x\":[" + "[],".repeat(size / 3),
                "{\"schemaVersion\":2,\"annotations\":{" + keys(size / 12),
                "{\"manifests\":[{\"digest\":\"" + "x".repeat(size - 100) + "\"}]}",
                "{\"manifests\":[{\"data\":\"" + "A".repeat(size - 100) + "!\"}]}",
                "{\"annotations\":{\"" + "\\n".repeat(49_000) + "\":1}}",
                "{\"schemaVersion\":2,\"manifests\":[" + (BLOB + ",").repeat(size / (BLOB.length() + 1)))) {
            byte[] document = hostile.getBytes(StandardCharsets.UTF_8);
            long before = allocated();
            ImageException error = assertThrows(
                    ImageException.class,
                    () -> DocumentParser.index(new Descriptor(MediaType.OCI_INDEX, DIGEST, size), document));
            long allocated = allocated() - before;
            assertTrue(
                    allocated < FIXED_ALLOCATION + MAX_ALLOCATION_FACTOR * document.length,
                    () -> hostile.substring(0, 50) + " allocates " + allocated + " bytes");
            requireReadable(error, hostile.substring(0, 50));
        }
    }

    /** A message is for a line of a log, whatever the document says. */
    private static void requireReadable(ImageException error, String document) {
        String message = String.valueOf(error.getMessage());
        assertTrue(
                message.length() < MAX_MESSAGE && message.chars().noneMatch(Character::isISOControl),
                () -> document + ": " + message.substring(0, Math.min(message.length(), MAX_MESSAGE)));
    }

    private static String keys(int count) {
        StringBuilder keys = new StringBuilder();
        for (int i = 0; i < count; i++) {
            keys.append('"').append(i).append("\":\"\",");
        }
        return keys.toString();
    }

    private static long allocated() {
        return ((com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean()).getCurrentThreadAllocatedBytes();
    }
}
