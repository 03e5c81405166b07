package dev.imaged.content;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import dev.imaged.errors.ImageException.InvalidArgument;
import dev.imaged.internal.text.Excerpt;
import dev.imaged.internal.text.UnicodeText;
import dev.imaged.internal.time.Rfc3339;
import java.io.IOException;
import java.io.StringReader;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Reads one JSON document (RFC 8259) forwards and strictly: UTF-8, no key twice, nothing after the end, no value of
 * another type than asked for. Every error is an {@link InvalidArgument} that names the file and, as a JSON pointer
 * (RFC 6901), the place. Not thread-safe.
 */
final class StrictJson {
    /** How deep arrays and objects may be nested: those of images are some five deep. */
    private static final int MAX_NESTING = 64;

    /** The start of the parser's message that repeats a word of the document. */
    private static final String UNRECOGNIZED_TOKEN = "Unrecognized token";

    private static final JsonFactory FACTORY = JsonFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .streamReadConstraints(
                    StreamReadConstraints.builder().maxNestingDepth(MAX_NESTING).build())
            // Keys come from outside: keep none of them beyond the document.
            .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
            .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
            .build();

    private final String file;
    private final JsonParser parser;

    private StrictJson(String file, JsonParser parser) {
        this.file = file;
        this.parser = parser;
    }

    /** Reads a value of the document, on which the parser stands. */
    interface Value<T> {
        T read(StrictJson json) throws IOException;
    }

    /** Reads a field of an object. */
    interface Field {
        void read(String key) throws IOException;
    }

    /** Reads the document of a file from its root to the end. */
    static <T> T read(String file, byte[] bytes, Value<T> root) {
        try (JsonParser parser = FACTORY.createParser(new StringReader(decode(file, bytes)))) {
            return new StrictJson(file, parser).document(root);
        } catch (IOException e) {
            throw new IllegalStateException("a string cannot fail", e);
        }
    }

    private <T> T document(Value<T> root) throws IOException {
        try {
            if (parser.nextToken() == null) {
                throw invalid("is empty");
            }
            T document = root.read(this);
            if (parser.nextToken() != null) {
                throw invalid("has more text after its end");
            }
            return document;
        } catch (JacksonException e) {
            throw new InvalidArgument(place() + " is not valid JSON: " + problem(e), e);
        }
    }

    /**
     * An exceeded limit has no location; a key that comes twice is in the message as it is. Text that is not JSON at
     * all is not repeated: it may be from a file that must not be shown.
     */
    private static String problem(JacksonException e) {
        JsonLocation location = e.getLocation();
        String message = e.getOriginalMessage();
        return (message.startsWith(UNRECOGNIZED_TOKEN) ? UNRECOGNIZED_TOKEN : Excerpt.escape(message))
                + (location == null ? "" : " at line " + location.getLineNr() + ", column " + location.getColumnNr());
    }

    private static String decode(String file, byte[] bytes) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new InvalidArgument(file + ": is not UTF-8 text", e);
        }
    }

    /**
     * Reads an object with any keys. A field that {@code field} does not read is skipped. A null counts as absent: Go
     * writes null for an empty list or map.
     */
    void object(Field field) throws IOException {
        fields(field, key -> {});
    }

    /** Reads an object as {@link #object(JsonKeys, Field, Field)} does; a null counts as absent. */
    void object(JsonKeys keys, Field field) throws IOException {
        object(keys, field, key -> {});
    }

    /**
     * Reads the fields of an object that have one of the keys, and skips the others. A field that differs from a key
     * only in case is refused, because other readers take it for that key.
     *
     * @param field reads a value that is not null
     * @param nullField gets the key of a value that is null
     */
    void object(JsonKeys keys, Field field, Field nullField) throws IOException {
        fields(
                key -> {
                    if (isKnown(keys, key)) {
                        field.read(key);
                    }
                },
                key -> {
                    if (isKnown(keys, key)) {
                        nullField.read(key);
                    }
                });
    }

    private void fields(Field field, Field nullField) throws IOException {
        require(JsonToken.START_OBJECT, "an object");
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String key = parser.currentName();
            if (parser.nextToken() == JsonToken.VALUE_NULL) {
                nullField.read(key);
            } else {
                field.read(key);
                parser.skipChildren(); // nothing when the value was read
            }
        }
    }

    private boolean isKnown(JsonKeys keys, String key) {
        String known = keys.find(key);
        if (known != null && !known.equals(key)) {
            throw invalid("must be written " + known + ": other readers ignore case and take it for that key");
        }
        return known != null;
    }

    /** Reads the keys of an object, whatever their values are. */
    Set<String> keys() throws IOException {
        require(JsonToken.START_OBJECT, "an object");
        Set<String> keys = new TreeSet<>();
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String key = requireUnicode(parser.currentName());
            keys.add(key);
            parser.nextToken();
            parser.skipChildren();
        }
        return keys;
    }

    /** Reads a truth value. */
    boolean bool() throws IOException {
        if (!parser.currentToken().isBoolean()) {
            throw invalid("must be a boolean, is " + describe(parser.currentToken()));
        }
        return parser.getBooleanValue();
    }

    /** Reads a time (RFC 3339), cut off after the nanoseconds; null when the text is empty. */
    @Nullable
    Instant time() throws IOException {
        String text = text();
        if (text.isEmpty()) {
            return null;
        }
        Instant time = Rfc3339.parse(text);
        if (time == null) {
            throw invalid(Excerpt.quote(text) + " is not a time of RFC 3339");
        }
        return time;
    }

    /** Reads an array of texts. */
    List<String> listOfTexts() throws IOException {
        return list(StrictJson::text);
    }

    /** Reads a text. */
    String text() throws IOException {
        require(JsonToken.VALUE_STRING, "a string");
        return requireUnicode(parser.getText());
    }

    private String requireUnicode(String text) {
        String problem = UnicodeText.problem(text);
        if (problem != null) {
            throw invalid(problem);
        }
        return text;
    }

    /** Reads a whole number that fits in 64 bits. */
    long number() throws IOException {
        require(JsonToken.VALUE_NUMBER_INT, "a whole number");
        if (parser.getNumberType() == JsonParser.NumberType.BIG_INTEGER) {
            throw invalid("must fit in 64 bits, is " + Excerpt.of(parser.getText()));
        }
        return parser.getLongValue();
    }

    /** Reads an object whose values are all texts. */
    Map<String, String> texts() throws IOException {
        Map<String, String> texts = new TreeMap<>();
        object(key -> texts.put(requireUnicode(key), text()));
        return texts;
    }

    /** Reads an array. */
    <T> List<T> list(Value<T> element) throws IOException {
        require(JsonToken.START_ARRAY, "an array");
        List<T> list = new ArrayList<>();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            list.add(element.read(this));
        }
        return list;
    }

    /** Checks that the object on which the parser stands had a field. */
    <T> T require(String field, @Nullable T value) {
        if (value == null) {
            throw invalid(field + " is missing");
        }
        return value;
    }

    /** Returns the error that the value on which the parser stands breaks a rule. */
    InvalidArgument invalid(String rule) {
        return new InvalidArgument(place() + " " + rule);
    }

    /** Returns the file, and the pointer to the value on which the parser stands, for the start of a message. */
    String place() {
        String pointer = parser.getParsingContext().pathAsPointer().toString();
        return file + ":" + (pointer.isEmpty() ? "" : " " + Excerpt.escape(pointer));
    }

    private void require(JsonToken token, String name) {
        if (parser.currentToken() != token) {
            throw invalid("must be " + name + ", is " + describe(parser.currentToken()));
        }
    }

    private static String describe(JsonToken token) {
        return switch (token) {
            case START_OBJECT -> "an object";
            case START_ARRAY -> "an array";
            case VALUE_STRING -> "a string";
            case VALUE_NUMBER_INT -> "a whole number";
            case VALUE_NUMBER_FLOAT -> "a number with a fraction";
            case VALUE_TRUE, VALUE_FALSE -> "a boolean";
            default -> "null";
        };
    }
}
