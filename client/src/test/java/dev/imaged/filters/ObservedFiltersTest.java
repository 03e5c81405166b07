package dev.imaged.filters;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.imaged.errors.ImageException;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** What a real containerd answered to 112 filters (filters-observed.json), message by message. */
class ObservedFiltersTest {
    @TestFactory
    Stream<DynamicTest> answersAsContainerd() throws IOException {
        Map<?, ?> observed = (Map<?, ?>) read();
        List<TestImage> images = list(observed, "images").stream()
                .map(image -> image((Map<?, ?>) image))
                .sorted((a, b) -> a.name().compareTo(b.name()))
                .toList();
        List<?> filters = list(observed, "filters");
        assertEquals(112, filters.size());
        return filters.stream().map(entry -> (Map<?, ?>) entry).map(entry -> {
            String filter = text(entry, "filter");
            return DynamicTest.dynamicTest("[" + filter + "]", () -> {
                if (entry.containsKey("error")) {
                    assertFails(filter, text(entry, "error"));
                } else {
                    assertMatches(images, filter, list(entry, "matches"));
                }
            });
        });
    }

    private static void assertMatches(List<TestImage> images, String filter, List<?> names) {
        Filter parsed = Filter.parse(filter);
        assertEquals(
                names,
                images.stream().filter(parsed::matches).map(TestImage::name).toList());
        assertEquals(parsed, Filter.parse(parsed.toString()), "read back from its text");
    }

    private static void assertFails(String filter, String message) {
        String actual =
                Objects.requireNonNull(assertThrows(ImageException.InvalidArgument.class, () -> Filter.parse(filter))
                        .getMessage());
        int broken = message.indexOf('\uFFFD');
        if (broken >= 0) {
            // The server marks one byte, which cuts a longer character in two; how a client shows the pieces differs.
            assertEquals(message.substring(0, broken), actual.substring(0, broken));
        } else {
            assertEquals(message, actual);
        }
    }

    private static TestImage image(Map<?, ?> image) {
        Map<?, ?> target = (Map<?, ?>) Objects.requireNonNull(image.get("target"));
        return new TestImage(
                text(image, "name"),
                text(target, "mediaType"),
                text(target, "digest"),
                texts(image, "labels"),
                texts(target, "annotations"));
    }

    private static String text(Map<?, ?> object, String key) {
        return (String) Objects.requireNonNull(object.get(key));
    }

    private static List<?> list(Map<?, ?> object, String key) {
        return (List<?>) Objects.requireNonNull(object.get(key));
    }

    private static Map<String, String> texts(Map<?, ?> object, String key) {
        Map<String, String> texts = new LinkedHashMap<>();
        ((Map<?, ?>) Objects.requireNonNull(object.get(key))).forEach((k, v) -> texts.put((String) k, (String) v));
        return texts;
    }

    private static Object read() throws IOException {
        try (InputStream in = Objects.requireNonNull(
                        ObservedFiltersTest.class.getResourceAsStream("/filters-observed.json"));
                JsonParser json = new JsonFactory().createParser(in)) {
            json.nextToken();
            return value(json);
        }
    }

    /** Reads maps, lists, strings and numbers. */
    private static Object value(JsonParser json) throws IOException {
        if (json.currentToken() == JsonToken.START_ARRAY) {
            List<Object> list = new ArrayList<>();
            while (json.nextToken() != JsonToken.END_ARRAY) {
                list.add(value(json));
            }
            return list;
        }
        if (json.currentToken() == JsonToken.START_OBJECT) {
            Map<String, Object> object = new LinkedHashMap<>();
            while (json.nextToken() != JsonToken.END_OBJECT) {
                String key = json.currentName();
                json.nextToken();
                object.put(key, value(json));
            }
            return object;
        }
        return json.getText();
    }
}
