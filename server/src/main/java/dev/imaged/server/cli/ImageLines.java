package dev.imaged.server.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.core.util.MinimalPrettyPrinter;
import dev.imaged.errors.ImageException.InvalidArgument;
import dev.imaged.images.Image;
import dev.imaged.images.ImageValidator;
import dev.imaged.internal.text.Excerpt;
import dev.imaged.maintenance.NamespacedImage;
import dev.imaged.oci.Descriptor;
import java.io.IOException;
import java.io.Reader;
import java.io.Writer;
import java.nio.charset.CharacterCodingException;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Images of all namespaces as lines of JSON: each line is what {@link ImageJson} writes, with a field {@code namespace}
 * before it. Both directions; nothing is kept in memory beyond a line.
 */
final class ImageLines {
    /** The most characters of all texts of an image, which has to fit into a message of 16 MiB. */
    private static final int MAX_TEXT = 16 * 1024 * 1024;

    /** How many characters a text counts for in addition, because many small texts take memory, too. */
    private static final int TEXT_OVERHEAD = 16;

    private static final String TOO_LARGE =
            "is larger than an image may be: its texts have at most " + MAX_TEXT + " characters";

    private static final JsonFactory FACTORY = JsonFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxStringLength(MAX_TEXT)
                    .maxNameLength(MAX_TEXT)
                    .build())
            .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
            .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
            .build();

    private ImageLines() {}

    /** Writes lines. */
    static final class Output implements AutoCloseable {
        private final JsonGenerator json;

        /** @param out closed with this */
        Output(Writer out) throws IOException {
            this.json = FACTORY.createGenerator(out);
            json.setPrettyPrinter(new MinimalPrettyPrinter("\n"));
        }

        void write(NamespacedImage image) throws IOException {
            json.writeStartObject();
            json.writeStringField("namespace", image.namespace());
            ImageJson.fields(json, image.image());
            json.writeEndObject();
        }

        @Override
        public void close() throws IOException {
            json.writeRaw('\n');
            json.close();
        }
    }

    /**
     * Reads lines to the end, except for empty ones. No more of a line is in memory than the largest image takes.
     *
     * @throws InvalidArgument when a line is not an image, naming its number and what is wrong
     */
    static void read(Reader in, Consumer<NamespacedImage> images) throws IOException {
        LineReader lines = new LineReader(in);
        try {
            while (lines.nextLine()) {
                NamespacedImage image = parse(lines);
                if (image != null) {
                    images.accept(image);
                }
            }
        } catch (CharacterCodingException e) {
            throw new InvalidArgument("line " + lines.number() + " or one near it is not UTF-8", e);
        }
    }

    private static @Nullable NamespacedImage parse(LineReader line) throws IOException {
        try (JsonParser json = FACTORY.createParser(line)) {
            if (json.nextToken() == null) {
                return null;
            }
            NamespacedImage image = new Fields(json).read();
            if (json.nextToken() != null) {
                throw new InvalidArgument("something follows the image");
            }
            return image;
        } catch (StreamConstraintsException e) {
            throw new InvalidArgument("line " + line.number() + ": " + TOO_LARGE, e);
        } catch (JsonProcessingException e) {
            throw new InvalidArgument("line " + line.number() + ": " + Excerpt.of(e.getOriginalMessage()), e);
        } catch (InvalidArgument e) {
            throw new InvalidArgument("line " + line.number() + ": " + e.getMessage(), e);
        }
    }

    /** The fields of one object. */
    private static final class Fields {
        private final JsonParser json;
        private String namespace = "";
        private String name = "";
        private Instant createdAt = Instant.EPOCH;
        private Instant updatedAt = Instant.EPOCH;
        private Map<String, String> labels = Map.of();
        private Descriptor target = Descriptor.EMPTY;
        private long characters;
        private final Set<String> missing =
                new HashSet<>(Set.of("namespace", "name", "target", "createdAt", "updatedAt"));

        Fields(JsonParser json) {
            this.json = json;
        }

        NamespacedImage read() throws IOException {
            require(JsonToken.START_OBJECT, "an image");
            while (json.nextToken() == JsonToken.FIELD_NAME) {
                String field = json.currentName();
                json.nextToken();
                switch (field) {
                    case "namespace" -> namespace = text(field);
                    case "name" -> name = text(field);
                    case "createdAt" -> createdAt = time(field);
                    case "updatedAt" -> updatedAt = time(field);
                    case "labels" -> labels = texts(field);
                    case "target" -> target = target();
                    default -> throw new InvalidArgument("field " + Excerpt.quote(field) + " is not one of an image");
                }
                missing.remove(field);
            }
            if (!missing.isEmpty()) {
                throw new InvalidArgument(
                        "the image has no field " + missing.stream().sorted().toList());
            }
            return new NamespacedImage(namespace, new Image(name, labels, target, createdAt, updatedAt));
        }

        private Descriptor target() throws IOException {
            require(JsonToken.START_OBJECT, "target");
            String mediaType = "";
            String digest = "";
            long size = 0;
            Map<String, String> annotations = Map.of();
            while (json.nextToken() == JsonToken.FIELD_NAME) {
                String field = json.currentName();
                json.nextToken();
                switch (field) {
                    case "mediaType" -> mediaType = text("target.mediaType");
                    case "digest" -> digest = text("target.digest");
                    case "size" -> {
                        require(JsonToken.VALUE_NUMBER_INT, "target.size");
                        size = json.getLongValue();
                    }
                    case "annotations" -> annotations = texts("target.annotations");
                    default -> throw new InvalidArgument("field " + Excerpt.quote(field) + " is not one of a target");
                }
            }
            return new Descriptor(mediaType, digest, size, annotations);
        }

        private String text(String field) throws IOException {
            require(JsonToken.VALUE_STRING, field);
            return checked(field, json.getText());
        }

        private String checked(String field, String text) {
            characters += TEXT_OVERHEAD + text.length();
            if (characters > MAX_TEXT) {
                throw new InvalidArgument(TOO_LARGE);
            }
            ImageValidator.requireUnicode(field, text);
            return text;
        }

        private Instant time(String field) throws IOException {
            String text = text(field);
            try {
                return Instant.parse(text);
            } catch (DateTimeException e) {
                throw new InvalidArgument(
                        field + " " + Excerpt.quote(text) + " is not a time such as 2026-01-31T12:00:00Z", e);
            }
        }

        private Map<String, String> texts(String field) throws IOException {
            require(JsonToken.START_OBJECT, field);
            Map<String, String> entries = new HashMap<>();
            while (json.nextToken() == JsonToken.FIELD_NAME) {
                String key = checked(field, json.currentName());
                json.nextToken();
                entries.put(key, text(field));
            }
            return entries;
        }

        private void require(JsonToken token, String what) {
            if (json.currentToken() != token) {
                throw new InvalidArgument(what + " is " + json.currentToken() + ", where " + token + " is needed");
            }
        }
    }
}
