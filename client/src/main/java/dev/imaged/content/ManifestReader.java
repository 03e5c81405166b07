package dev.imaged.content;

import dev.imaged.errors.GoQuote;
import dev.imaged.errors.ImageException.InvalidArgument;
import dev.imaged.oci.Descriptor;
import dev.imaged.oci.Digest;
import dev.imaged.oci.MediaType;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads which content an index or a manifest points to (OCI image-spec, image-index.md and manifest.md). Unknown fields
 * are ignored. Not thread-safe.
 */
final class ManifestReader {
    private static final int SCHEMA_VERSION = 2;

    private final String mediaType;
    private final boolean index;
    private @Nullable Long schemaVersion;
    private @Nullable String claimed;
    private @Nullable Descriptor config;
    private @Nullable List<Descriptor> layers;
    private @Nullable List<Descriptor> manifests;

    private ManifestReader(String mediaType) {
        this.mediaType = mediaType;
        this.index = MediaType.isIndex(mediaType);
    }

    /**
     * Returns what a document points to: the manifests of an index; the config and the layers of a manifest.
     *
     * @param file what a message calls the document
     * @param mediaType what the document has to be: an index or a manifest
     * @throws InvalidArgument when it is not that, naming the file and the JSON pointer
     */
    static List<Descriptor> children(String file, byte[] bytes, String mediaType) {
        return StrictJson.read(file, bytes, json -> new ManifestReader(mediaType).document(json));
    }

    private List<Descriptor> document(StrictJson json) throws IOException {
        json.object(key -> {
            switch (key) {
                case "schemaVersion" -> schemaVersion = json.number();
                case "mediaType" -> claimed = json.text();
                case "config" -> config = descriptor(json);
                case "layers" -> layers = json.list(ManifestReader::descriptor);
                case "manifests" -> manifests = json.list(ManifestReader::descriptor);
                default -> {}
            }
        });
        requireType(json);
        return List.copyOf(index ? require(json, "manifests", manifests) : configAndLayers(json));
    }

    private void requireType(StrictJson json) {
        if (require(json, "schemaVersion", schemaVersion) != SCHEMA_VERSION) {
            throw json.invalid("schemaVersion must be " + SCHEMA_VERSION + ", is " + schemaVersion);
        }
        // OCI leaves the type out or repeats it; another one would mean different things to different readers.
        if (claimed != null && !claimed.equals(mediaType)) {
            throw json.invalid("mediaType must be " + mediaType + ", is " + GoQuote.quote(claimed));
        }
        // The same document must not be readable as both (CVE-2021-41190).
        if (index ? config != null || layers != null : manifests != null) {
            throw json.invalid("has the fields of an index and of a manifest");
        }
    }

    private List<Descriptor> configAndLayers(StrictJson json) {
        List<Descriptor> children = new ArrayList<>();
        children.add(require(json, "config", config));
        children.addAll(require(json, "layers", layers));
        return children;
    }

    /** Reads a descriptor (OCI image-spec, descriptor.md). */
    private static Descriptor descriptor(StrictJson json) throws IOException {
        DescriptorFields fields = new DescriptorFields();
        json.object(key -> {
            switch (key) {
                case "mediaType" -> fields.mediaType = json.text();
                case "digest" -> fields.digest = digest(json);
                case "size" -> fields.size = size(json);
                case "annotations" -> fields.annotations = json.texts();
                default -> {}
            }
        });
        return new Descriptor(
                require(json, "mediaType", fields.mediaType),
                require(json, "digest", fields.digest),
                require(json, "size", fields.size),
                fields.annotations);
    }

    private static final class DescriptorFields {
        private @Nullable String mediaType;
        private @Nullable String digest;
        private @Nullable Long size;
        private Map<String, String> annotations = Map.of();
    }

    private static String digest(StrictJson json) throws IOException {
        String digest = json.text();
        Digest.requireValid(json.place(), digest);
        return digest;
    }

    private static long size(StrictJson json) throws IOException {
        long size = json.number();
        if (size < 0) {
            throw json.invalid("must not be negative, is " + size);
        }
        return size;
    }

    private static <T> T require(StrictJson json, String field, @Nullable T value) {
        if (value == null) {
            throw json.invalid(field + " is missing");
        }
        return value;
    }
}
