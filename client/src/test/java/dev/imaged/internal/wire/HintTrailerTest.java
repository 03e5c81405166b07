package dev.imaged.internal.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.grpc.Metadata;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Both directions of hints, and that they stay small. */
class HintTrailerTest {
    private static List<String> values(List<String> hints) {
        List<String> values = new ArrayList<>();
        Iterable<String> sent = HintTrailer.write(hints).getAll(HintTrailer.KEY);
        if (sent != null) {
            sent.forEach(values::add);
        }
        return values;
    }

    @Test
    void aHintArrivesAsItWasWritten() {
        List<String> hints = List.of("a", "100 % \"sure\"", "é 😀\n\0", "%41", "x".repeat(300));
        assertEquals(hints, HintTrailer.read(HintTrailer.write(hints)));
    }

    @Test
    void onTheWireItIsPrintableAscii() {
        assertEquals(List.of("a %25 %C3%A9%0A"), values(List.of("a % é\n")));
    }

    @Test
    void noHintsAreNoTrailers() {
        assertTrue(HintTrailer.write(List.of()).keys().isEmpty());
        assertEquals(List.of(), HintTrailer.read(new Metadata()));
    }

    @Test
    void hintsAreFewAndShort() {
        assertEquals(5, values(Collections.nCopies(9, "hint")).size());
        for (String letter : List.of("a", "é", "日", "😀", "%")) {
            String value = values(List.of(letter.repeat(1000))).get(0);
            assertTrue(value.length() <= 300 && value.length() > 280, value);
            String read = HintTrailer.read(HintTrailer.write(List.of(letter.repeat(1000))))
                    .get(0);
            assertTrue(read.matches("(?:" + letter + ")+\\.\\.\\."), read);
        }
    }

    @Test
    void whatIsBadlyEncodedStaysAsItIs() {
        Metadata trailers = new Metadata();
        trailers.put(HintTrailer.KEY, "100% %4 %zz %");
        assertEquals(List.of("100% %4 %zz %"), HintTrailer.read(trailers));
    }
}
