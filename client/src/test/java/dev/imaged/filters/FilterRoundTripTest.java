package dev.imaged.filters;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.imaged.errors.ImageException;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Builder, text and parser agree. */
class FilterRoundTripTest {
    private static final String ALPHABET =
            "ab09_-./:,;=!~\"'|\\^$()[]{}*+? \t\n\r\0\u0001\u007f\u0085\u00a0é\u200b\u2028\u3000\uFFFD\uFFFF%#";

    @Test
    void builderQuotesWhereNeeded() {
        Filter filter = Filter.where()
                .name()
                .matchesRegex("^docker\\.io/")
                .and()
                .label("a.b/c")
                .present()
                .and()
                .label("list")
                .equalTo("1,2")
                .and()
                .annotation("x")
                .notEqualTo("")
                .and()
                .targetDigest()
                .equalTo("sha256:0")
                .and()
                .targetMediaType()
                .present()
                .build();
        assertEquals(
                "name~=^docker\\.io/,labels.\"a.b/c\",labels.list==\"1,2\",annotations.x!=\"\","
                        + "target.digest==sha256:0,target.mediatype",
                filter.toString());
        assertEquals(filter, Filter.parse(filter.toString()));
    }

    @Test
    void beginningCanBeKept() {
        var images = Filter.where().name().present();
        assertEquals("name,labels.a", images.and().label("a").present().build().toString());
        assertEquals("name,labels.b", images.and().label("b").present().build().toString());
    }

    @Test
    void builderRefusesUnpairedSurrogates() {
        assertThrows(
                ImageException.InvalidArgument.class,
                () -> Filter.where().name().equalTo("\uD800"));
        assertThrows(ImageException.InvalidArgument.class, () -> Filter.where().label("\uDCFF"));
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void whateverIsBuiltIsReadBack(long seed) {
        Random random = new Random(seed);
        for (int i = 0; i < 2_000; i++) {
            String key = text(random);
            String value = text(random);
            FilterBuilder.Condition condition = switch (random.nextInt(5)) {
                case 0 -> Filter.where().name();
                case 1 -> Filter.where().targetDigest();
                case 2 -> Filter.where().label(key);
                case 3 -> Filter.where().name().present().and().annotation(key);
                default -> Filter.where().label(value).equalTo(key).and().targetMediaType();
            };
            Filter filter = switch (random.nextInt(4)) {
                case 0 -> condition.present().build();
                case 1 -> condition.equalTo(value).build();
                case 2 -> condition.notEqualTo(value).build();
                default -> condition.matchesRegex(value).build();
            };
            assertEquals(filter, Filter.parse(filter.toString()), () -> "seed " + seed + ": " + filter);
            assertEquals(filter.hashCode(), Filter.parse(filter.toString()).hashCode());
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void whateverIsReadIsWritten(long seed) {
        Random random = new Random(seed);
        List<String> pieces = List.of(
                "name", "labels", ".", ",", "==", "!=", "~=", "\"", "/", "|", "\\x4", "\\xff", "\\n", "a", "1", " ",
                "é");
        for (int i = 0; i < 20_000; i++) {
            StringBuilder text = new StringBuilder(random.nextBoolean() ? "name~=" : "labels.");
            for (int n = random.nextInt(8); n > 0; n--) {
                text.append(pieces.get(random.nextInt(pieces.size())));
            }
            try {
                Filter filter = Filter.parse(text.toString());
                assertEquals(filter, Filter.parse(filter.toString()), () -> "seed " + seed + ": " + text);
            } catch (ImageException.InvalidArgument e) {
                assertTrue(e.toString().contains(": filters: parse error: ["), e.toString());
            }
        }
    }

    @Test
    void filtersOfAMebibyteAreReadInLinearTime() {
        int n = 1 << 20;
        assertTimeoutPreemptively(Duration.ofSeconds(30), () -> {
            int fields = FilterParser.MAX_FIELDS; // of 16 characters, a mebibyte
            String field = "field_16_letters".substring(1);
            assertEquals(
                    fields,
                    Filter.parse((field + ",").repeat(fields - 1) + field)
                            .selectors()
                            .size());
            assertEquals(
                    fields,
                    Filter.parse((field + ".").repeat(fields - 1) + field)
                            .selectors()
                            .get(0)
                            .path()
                            .size());
            Filter.parse("name==" + "x".repeat(n));
            Filter.parse("name==\"" + "\\xff".repeat(n / 4) + '"');
            for (String broken : List.of("\"", "name==\"", "=", "(", " ", ".", ",", "\"\\")) {
                String text = "name" + broken.repeat(n / broken.length());
                assertThrows(ImageException.InvalidArgument.class, () -> Filter.parse(text));
            }
        });
    }

    private static String text(Random random) {
        StringBuilder text = new StringBuilder();
        for (int n = random.nextInt(6); n > 0; n--) {
            if (random.nextInt(20) == 0) {
                text.appendCodePoint(0x1F600 + random.nextInt(40));
            } else {
                text.append(ALPHABET.charAt(random.nextInt(ALPHABET.length())));
            }
        }
        return text.toString();
    }
}
