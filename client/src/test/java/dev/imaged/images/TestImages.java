package dev.imaged.images;

import dev.imaged.content.InMemoryContent;
import dev.imaged.oci.Descriptor;
import dev.imaged.oci.MediaType;
import dev.imaged.oci.Platform;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Writes images into memory, valid unless a test says otherwise. */
final class TestImages {
    static final String DIFF_ID = "sha256:" + "d".repeat(64);

    private final InMemoryContent content = new InMemoryContent();

    InMemoryContent content() {
        return content;
    }

    /** Adds a blob. */
    Descriptor blob(String mediaType, String text) {
        return content.add(mediaType, text.getBytes(StandardCharsets.UTF_8));
    }

    /** Adds a config. */
    Descriptor config(Platform platform) {
        return blob(
                MediaType.OCI_CONFIG,
                "{\"architecture\":\"%s\",\"os\":\"%s\",\"variant\":\"%s\",\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\"%s\"]}}"
                        .formatted(platform.architecture(), platform.os(), platform.variant(), DIFF_ID));
    }

    /** Adds an image of one layer, which is another for each platform. */
    Descriptor image(Platform platform) {
        return manifest(config(platform), blob(MediaType.OCI_LAYER, "layer of " + platform.format()));
    }

    /** Adds an image and returns its descriptor with the platform. */
    Descriptor entry(Platform platform) {
        return image(platform).withPlatform(platform);
    }

    /** Adds a manifest. */
    Descriptor manifest(Descriptor config, Descriptor... layers) {
        return blob(
                MediaType.OCI_MANIFEST,
                "{\"schemaVersion\":2,\"config\":" + json(config) + ",\"layers\":" + json(layers) + "}");
    }

    /** Adds an index. */
    Descriptor index(Descriptor... manifests) {
        return blob(MediaType.OCI_INDEX, "{\"schemaVersion\":2,\"manifests\":" + json(manifests) + "}");
    }

    private static String json(Descriptor... descriptors) {
        return Stream.of(descriptors).map(TestImages::json).collect(Collectors.joining(",", "[", "]"));
    }

    private static String json(Descriptor descriptor) {
        String platform = "";
        if (descriptor.platform() != null) {
            Platform stated = Objects.requireNonNull(descriptor.platform());
            platform = ",\"platform\":{\"architecture\":\"%s\",\"os\":\"%s\",\"variant\":\"%s\"}"
                    .formatted(stated.architecture(), stated.os(), stated.variant());
        }
        String annotations = descriptor.annotations().entrySet().stream()
                .map(entry -> "\"%s\":\"%s\"".formatted(entry.getKey(), entry.getValue()))
                .collect(Collectors.joining(","));
        return "{\"mediaType\":\"%s\",\"digest\":\"%s\",\"size\":%d,\"annotations\":{%s},\"data\":\"%s\"%s}"
                .formatted(
                        descriptor.mediaType(),
                        descriptor.digest(),
                        descriptor.size(),
                        annotations,
                        descriptor.data(),
                        platform);
    }
}
