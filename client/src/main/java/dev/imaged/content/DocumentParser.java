package dev.imaged.content;

import dev.imaged.errors.ImageException.InvalidArgument;
import dev.imaged.internal.text.Excerpt;
import dev.imaged.oci.Descriptor;
import dev.imaged.oci.ImageConfig;
import dev.imaged.oci.Index;
import dev.imaged.oci.Manifest;
import dev.imaged.oci.MediaType;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Reads the documents of an image strictly (OCI image-spec, image-index.md, manifest.md and config.md): UTF-8, no key
 * twice, nothing after the end, every value of its type, every digest valid, every size a whole number that is not
 * negative. Unknown keys are ignored, and null counts as absent. A document that different readers would read
 * differently is refused (CVE-2021-41190): one of another kind than its descriptor says, or with a key that differs
 * from a known one only in case, because Go reads it as the known one. Docker's schema 1 is refused as well.
 *
 * <p>Every error is an {@link InvalidArgument} that names the digest of the blob, the place as a JSON pointer (RFC
 * 6901) and the rule. Thread-safe. Nothing is verified here, see {@link Documents}.
 */
public final class DocumentParser {
    private static final int SCHEMA_VERSION = 2;
    private static final int SCHEMA1_VERSION = 1;
    private static final JsonKeys KEYS = JsonKeys.of(
            "schemaVersion",
            "mediaType",
            "artifactType",
            "config",
            "layers",
            "manifests",
            "subject",
            "annotations",
            "fsLayers");

    /** The kind that a document has to be. */
    private enum Kind {
        INDEX,
        MANIFEST
    }

    private final StrictJson json;
    private final Kind kind;
    private final String expectedType;
    private @Nullable Long schemaVersion;
    private String mediaType = "";
    private String artifactType = "";
    private @Nullable Descriptor config;
    private @Nullable List<Descriptor> entries;
    private @Nullable Descriptor subject;
    private Map<String, String> annotations = Map.of();

    /** @param expectedType the media type that the descriptor says */
    private DocumentParser(StrictJson json, Kind kind, String expectedType) {
        this.json = json;
        this.kind = kind;
        this.expectedType = expectedType;
    }

    /** Reads an index or a Docker manifest list. */
    public static Index index(Descriptor descriptor, byte[] bytes) {
        requireIndex(descriptor);
        return index(descriptor.digest(), bytes, descriptor.mediaType());
    }

    /** Reads an index that has a file name and no descriptor. */
    static Index index(String file, byte[] bytes) {
        return index(file, bytes, MediaType.OCI_INDEX);
    }

    private static Index index(String name, byte[] bytes, String mediaType) {
        return StrictJson.read(name, bytes, json -> new DocumentParser(json, Kind.INDEX, mediaType).index());
    }

    /** Reads a manifest. */
    public static Manifest manifest(Descriptor descriptor, byte[] bytes) {
        requireManifest(descriptor);
        return StrictJson.read(
                descriptor.digest(),
                bytes,
                json -> new DocumentParser(json, Kind.MANIFEST, descriptor.mediaType()).manifest());
    }

    /** Reads the config of an image. */
    public static ImageConfig config(Descriptor descriptor, byte[] bytes) {
        requireConfig(descriptor);
        return StrictJson.read(descriptor.digest(), bytes, json -> new ConfigReader(json).read());
    }

    /** Checks that a descriptor is that of an index, before the index is read. */
    static void requireIndex(Descriptor descriptor) {
        requireType(MediaType.isIndex(descriptor.mediaType()), descriptor, "an index");
    }

    /** Checks that a descriptor is that of a manifest. */
    static void requireManifest(Descriptor descriptor) {
        requireType(MediaType.isManifest(descriptor.mediaType()), descriptor, "a manifest");
    }

    /** Checks that a descriptor is that of the config of an image. */
    static void requireConfig(Descriptor descriptor) {
        requireType(MediaType.isConfig(descriptor.mediaType()), descriptor, "the config of an image");
    }

    private static void requireType(boolean valid, Descriptor descriptor, String kind) {
        if (MediaType.isSchema1(descriptor.mediaType())) {
            throw new InvalidArgument(descriptor.digest() + ": media-type: schema 1 not supported");
        } else if (!valid) {
            throw new InvalidArgument(
                    descriptor.digest() + ": media type " + Excerpt.quote(descriptor.mediaType()) + " is not " + kind);
        }
    }

    private Index index() throws IOException {
        readFields();
        // Go writes null for an empty list.
        List<Descriptor> manifests = Objects.requireNonNullElse(entries, List.of());
        return new Index(mediaType, artifactType, manifests, subject, annotations);
    }

    private Manifest manifest() throws IOException {
        readFields();
        // Go writes null for an empty list.
        List<Descriptor> layers = Objects.requireNonNullElse(entries, List.of());
        return new Manifest(mediaType, artifactType, json.require("config", config), layers, subject, annotations);
    }

    private void readFields() throws IOException {
        json.object(KEYS, this::readField, this::requireKind);
        json.require("schemaVersion", schemaVersion);
    }

    private void readField(String key) throws IOException {
        requireKind(key);
        switch (key) {
            case "schemaVersion" -> schemaVersion = schemaVersion();
            case "mediaType" -> mediaType = mediaType();
            case "artifactType" -> artifactType = json.text();
            case "config" -> config = DescriptorReader.read(json);
            case "layers", "manifests" -> entries = json.list(DescriptorReader::read);
            case "subject" -> subject = DescriptorReader.read(json);
            case "annotations" -> annotations = json.texts();
            default -> {}
        }
    }

    /** Takes the kind of the document from a field, even from one whose value is null: containerd looks at the name only. */
    private void requireKind(String key) {
        switch (key) {
            case "config", "layers" -> requireKind(Kind.MANIFEST);
            case "manifests" -> requireKind(Kind.INDEX);
            case "fsLayers" -> throw schema1();
            default -> {}
        }
    }

    private long schemaVersion() throws IOException {
        long version = json.number();
        if (version == SCHEMA1_VERSION) {
            throw schema1();
        } else if (version != SCHEMA_VERSION) {
            throw json.invalid("must be " + SCHEMA_VERSION + ", is " + version);
        }
        return version;
    }

    private InvalidArgument schema1() {
        return json.invalid("media-type: schema 1 not supported");
    }

    /** A manifest may have the other manifest type, because registries convert between the two. */
    private String mediaType() throws IOException {
        String text = json.text();
        if (MediaType.isIndex(text)) {
            requireKind(Kind.INDEX);
        } else if (MediaType.isManifest(text)) {
            requireKind(Kind.MANIFEST);
        } else if (MediaType.isSchema1(text)) {
            throw schema1();
        } else if (!text.isEmpty()) {
            throw json.invalid(Excerpt.quote(text) + " is the type of neither an index nor a manifest");
        }
        return text;
    }

    private void requireKind(Kind actual) {
        if (actual != kind) {
            String found = kind == Kind.INDEX ? "index but found manifest" : "manifest but found index";
            throw json.invalid("media-type: expected " + found + " (" + expectedType + ")");
        }
    }
}
