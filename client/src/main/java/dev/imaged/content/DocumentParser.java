package dev.imaged.content;

import dev.imaged.errors.Excerpt;
import dev.imaged.errors.ImageException.InvalidArgument;
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
 * twice, nothing behind the end, every value of its type, every digest one, every size a whole number that is not
 * negative. Keys count in their exact case, unknown ones are ignored, and null is as good as absent. A document that is of
 * another kind than its descriptor says is refused, as it would mean different things to different readers
 * (CVE-2021-41190), and so is one of Docker's schema 1.
 *
 * <p>Every error is an {@link InvalidArgument} that names the digest of the blob, the place as a JSON pointer (RFC 6901)
 * and the rule. Thread-safe. Nothing is verified here, see {@link Documents}.
 */
public final class DocumentParser {
    private static final int SCHEMA_VERSION = 2;
    private static final int SCHEMA1_VERSION = 1;

    /** What a document is to be. */
    private enum Kind {
        INDEX,
        MANIFEST
    }

    private final StrictJson json;
    private final Kind kind;
    private @Nullable Long schemaVersion;
    private String mediaType = "";
    private String artifactType = "";
    private @Nullable Descriptor config;
    private @Nullable List<Descriptor> entries;
    private @Nullable Descriptor subject;
    private Map<String, String> annotations = Map.of();

    private DocumentParser(StrictJson json, Kind kind) {
        this.json = json;
        this.kind = kind;
    }

    /** Reads an index or a Docker manifest list. */
    public static Index index(Descriptor descriptor, byte[] bytes) {
        requireIndex(descriptor);
        return index(descriptor.digest(), bytes);
    }

    /** Reads an index of which only the file's name is known. */
    static Index index(String file, byte[] bytes) {
        return StrictJson.read(file, bytes, json -> new DocumentParser(json, Kind.INDEX).index());
    }

    /** Reads a manifest. */
    public static Manifest manifest(Descriptor descriptor, byte[] bytes) {
        requireManifest(descriptor);
        return StrictJson.read(descriptor.digest(), bytes, json -> new DocumentParser(json, Kind.MANIFEST).manifest());
    }

    /** Reads the config of an image. */
    public static ImageConfig config(Descriptor descriptor, byte[] bytes) {
        requireConfig(descriptor);
        return StrictJson.read(descriptor.digest(), bytes, json -> new ConfigReader(json).read());
    }

    /** Checks that a descriptor is that of an index, which can be told before it is read. */
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
            throw new InvalidArgument(descriptor.digest() + ": Docker schema 1 manifests are not supported");
        } else if (!valid) {
            throw new InvalidArgument(
                    descriptor.digest() + ": media type " + Excerpt.quote(descriptor.mediaType()) + " is not " + kind);
        }
    }

    private Index index() throws IOException {
        readFields();
        return new Index(mediaType, artifactType, json.require("manifests", entries), subject, annotations);
    }

    private Manifest manifest() throws IOException {
        readFields();
        // Go writes null for no layers at all.
        List<Descriptor> layers = Objects.requireNonNullElse(entries, List.of());
        return new Manifest(mediaType, artifactType, json.require("config", config), layers, subject, annotations);
    }

    private void readFields() throws IOException {
        json.object(key -> {
            switch (key) {
                case "schemaVersion" -> schemaVersion = schemaVersion();
                case "mediaType" -> mediaType = mediaType();
                case "artifactType" -> artifactType = json.text();
                case "config" -> {
                    requireKind(Kind.MANIFEST);
                    config = DescriptorReader.read(json);
                }
                case "layers" -> {
                    requireKind(Kind.MANIFEST);
                    entries = json.list(DescriptorReader::read);
                }
                case "manifests" -> {
                    requireKind(Kind.INDEX);
                    entries = json.list(DescriptorReader::read);
                }
                case "subject" -> subject = DescriptorReader.read(json);
                case "annotations" -> annotations = json.texts();
                case "fsLayers" -> throw schema1();
                default -> {}
            }
        });
        json.require("schemaVersion", schemaVersion);
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
        return json.invalid("is of Docker schema 1, which is not supported");
    }

    /** A manifest may call itself by the other manifest type, as registries convert between the two. */
    private String mediaType() throws IOException {
        String text = json.text();
        if (MediaType.isIndex(text)) {
            requireKind(Kind.INDEX);
        } else if (MediaType.isManifest(text)) {
            requireKind(Kind.MANIFEST);
        } else if (MediaType.isSchema1(text)) {
            throw schema1();
        } else if (!text.isEmpty()) {
            throw json.invalid(Excerpt.quote(text) + " is the type of no index and no manifest");
        }
        return text;
    }

    private void requireKind(Kind actual) {
        if (actual != kind) {
            throw json.invalid(
                    kind == Kind.INDEX
                            ? "is that of a manifest, not of an index"
                            : "is that of an index, not of a manifest");
        }
    }
}
