package dev.imaged;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A JSON document of the tests: maps, lists, nulls and, for everything else, strings. */
public final class JsonResource {
    private JsonResource() {}

    /** Reads the document of a file at the root of the class path. */
    public static Map<?, ?> read(String file) {
        try (InputStream in = Objects.requireNonNull(JsonResource.class.getResourceAsStream("/" + file));
                JsonParser json = new JsonFactory().createParser(in)) {
            json.nextToken();
            return (Map<?, ?>) Objects.requireNonNull(value(json));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Returns a text of an object. */
    public static String text(Map<?, ?> object, String key) {
        return (String) Objects.requireNonNull(object.get(key), key);
    }

    /** Returns a list of an object. */
    public static List<?> list(Map<?, ?> object, String key) {
        return (List<?>) Objects.requireNonNull(object.get(key), key);
    }

    /** Returns a list of objects of an object. */
    public static List<Map<?, ?>> objects(Map<?, ?> object, String key) {
        List<Map<?, ?>> objects = new ArrayList<>();
        list(object, key).forEach(element -> objects.add((Map<?, ?>) element));
        return objects;
    }

    /** Returns a list of texts of an object. */
    public static List<String> texts(Map<?, ?> object, String key) {
        return list(object, key).stream().map(String.class::cast).toList();
    }

    private static @Nullable Object value(JsonParser json) throws IOException {
        if (json.currentToken() == JsonToken.START_ARRAY) {
            List<@Nullable Object> list = new ArrayList<>();
            while (json.nextToken() != JsonToken.END_ARRAY) {
                list.add(value(json));
            }
            return list;
        }
        if (json.currentToken() == JsonToken.START_OBJECT) {
            Map<String, @Nullable Object> object = new LinkedHashMap<>();
            while (json.nextToken() != JsonToken.END_OBJECT) {
                String key = json.currentName();
                json.nextToken();
                object.put(key, value(json));
            }
            return object;
        }
        return json.currentToken() == JsonToken.VALUE_NULL ? null : json.getText();
    }
}
