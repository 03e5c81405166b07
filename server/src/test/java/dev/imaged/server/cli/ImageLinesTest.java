package dev.imaged.server.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.imaged.errors.ImageException.InvalidArgument;
import dev.imaged.images.Image;
import dev.imaged.maintenance.NamespacedImage;
import dev.imaged.oci.Descriptor;
import java.io.IOException;
import java.io.Reader;
import java.io.StringReader;
import java.io.StringWriter;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ImageLinesTest {
    private static final NamespacedImage IMAGE = new NamespacedImage(
            "NAMESPACE",
            new Image(
                    "NAME",
                    Map.of("LABEL", "VALUE"),
                    new Descriptor("TYPE", "DIGEST", 1, Map.of("KEY", "ANNOTATION")),
                    Instant.EPOCH,
                    Instant.EPOCH));

    private static String line() throws IOException {
        StringWriter text = new StringWriter();
        try (ImageLines.Output out = new ImageLines.Output(text)) {
            out.write(IMAGE);
        }
        return text.toString();
    }

    private static List<NamespacedImage> read(String lines) throws IOException {
        List<NamespacedImage> images = new ArrayList<>();
        ImageLines.read(new StringReader(lines), images::add);
        return images;
    }

    private static String error(String lines) {
        List<NamespacedImage> images = new ArrayList<>();
        InvalidArgument error =
                assertThrows(InvalidArgument.class, () -> ImageLines.read(new StringReader(lines), images::add));
        assertEquals(List.of(), images);
        String message = String.valueOf(error.getMessage());
        assertTrue(message.length() < 500, () -> message.length() + " characters");
        return message;
    }

    @Test
    void linesAreReadHoweverTheyEndAndEmptyOnesAreLeftOut() throws IOException {
        String line = line().strip();
        assertEquals(List.of(), read(""));
        assertEquals(List.of(), read("\n\r\n \n"));
        assertEquals(List.of(IMAGE), read(line));
        assertEquals(List.of(IMAGE, IMAGE), read("\n" + line + "\r\n\n" + line + "\n"));
    }

    @ParameterizedTest
    @CsvSource({
        "NAMESPACE, namespace",
        "NAME\", name",
        "LABEL, labels",
        "VALUE, labels",
        "TYPE, target.mediaType",
        "DIGEST, target.digest",
        "KEY, target.annotations",
        "ANNOTATION, target.annotations"
    })
    void textThatIsNotUnicodeIsRefusedWithTheLineAndTheField(String text, String field) throws IOException {
        String line = line().replace(text, text.endsWith("\"") ? "a\\ud800\"" : "a\\ud800");
        assertEquals(
                "line 3: " + field
                        + " \"a\\ud800\" is not Unicode text: unpaired surrogate at index 1: invalid argument",
                error("\n\n" + line));
    }

    @Test
    void bothHalvesOfACharacterAreUnicode() throws IOException {
        NamespacedImage read =
                read(line().replace("NAME\"", "\\ud83d\\ude00\"")).get(0);
        assertEquals("\ud83d\ude00", read.image().name());
    }

    @Test
    void noErrorRepeatsALongText() throws IOException {
        String large = "x".repeat(200_000);
        String line = line();
        assertTrue(error(line.replace("NAME\"", large + "\\ud800\"")).startsWith("line 1: name \"xxx"));
        assertTrue(error(line.replace("name", large)).startsWith("line 1: field \"xxx"));
        assertTrue(error(line.replace("digest", large)).startsWith("line 1: field \"xxx"));
        assertTrue(error(line.replace("\"LABEL\":", "\"" + large + "\":\"\",\"" + large + "\":"))
                .startsWith("line 1: Duplicate field 'xxx"));
        assertTrue(error(line.replace("1970", large)).startsWith("line 1: createdAt \"xxx"));
        assertTrue(error(line.replace(":1,", ":" + "9".repeat(900) + ",")).startsWith("line 1: "));
        assertTrue(error(large).startsWith("line 1: Unrecognized token 'xxx"));
        assertTrue(error("\n" + large).startsWith("line 2: Unrecognized token 'xxx"));
    }

    @Test
    void aTimeThatIsNoneIsNamedWithItsField() throws IOException {
        assertEquals(
                "line 1: updatedAt \"today\" is not a time such as 2026-01-31T12:00:00Z: invalid argument",
                error(line().replaceFirst("(updatedAt\":\")[^\"]*", "$1today")));
    }

    /** Text that goes on for ever, for a line without an end. */
    private static final class Endless extends Reader {
        private final String start;
        private final String more;
        private long count;

        Endless(String start, String more) {
            this.start = start;
            this.more = more;
        }

        @Override
        public int read(char[] target, int offset, int length) {
            for (int i = 0; i < length; i++, count++) {
                target[offset + i] = count < start.length()
                        ? start.charAt((int) count)
                        : more.charAt((int) ((count - start.length()) % more.length()));
            }
            return length;
        }

        @Override
        public void close() {}
    }

    /** What no image can hold is refused before memory is taken for all of it. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'name':'|x",
                "{'|x",
                "{'labels':{'|x",
                "{'target':{'annotations':{'a':'|\\u0000",
                "[|[",
                "{'target':{'size':1|1",
                "|xyz"
            })
    void aLineThatDoesNotEndIsRefused(String text) {
        String[] parts = text.replace('\'', '"').split("\\|", 2);
        assertRefused(new Endless(parts[0], parts[1]));
    }

    @Test
    void labelsThatDoNotEndAreRefused() {
        assertRefused(new Labels());
    }

    private static void assertRefused(Reader lines) {
        InvalidArgument error = assertThrows(
                InvalidArgument.class,
                () -> ImageLines.read(lines, image -> {
                    throw new AssertionError(image);
                }));
        String message = String.valueOf(error.getMessage());
        assertTrue(message.startsWith("line 1: "), message);
        assertTrue(message.length() < 500, message);
    }

    /** Small labels for ever, each with another key. */
    private static final class Labels extends Reader {
        private String rest = "{\"labels\":{";
        private int label;

        @Override
        public int read(char[] target, int offset, int length) {
            if (rest.isEmpty()) {
                rest = "\"" + label++ + "\":\"\",";
            }
            int count = Math.min(length, rest.length());
            rest.getChars(0, count, target, offset);
            rest = rest.substring(count);
            return count;
        }

        @Override
        public void close() {}
    }
}
