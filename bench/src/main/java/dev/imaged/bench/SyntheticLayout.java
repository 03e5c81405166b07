package dev.imaged.bench;

import dev.imaged.oci.Descriptor;
import dev.imaged.oci.MediaType;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** A layout of images for many platforms, with documents as long as those of common images and without their layers. */
final class SyntheticLayout {
    private static final List<String> PLATFORMS =
            List.of("amd64", "386", "arm/v5", "arm/v6", "arm/v7", "arm64/v8", "ppc64le", "s390x");
    private static final int LAYERS = 6;
    private static final int HISTORY = 15;

    private final Path folder;
    private final boolean withPlatforms;

    private SyntheticLayout(Path folder, boolean withPlatforms) {
        this.folder = folder;
        this.withPlatforms = withPlatforms;
    }

    /**
     * Writes a layout and returns its images.
     *
     * @param withPlatforms whether the entries of the indexes say their platforms
     */
    static List<Descriptor> write(Path folder, int images, boolean withPlatforms) throws IOException {
        Files.createDirectories(folder.resolve("blobs/sha256"));
        SyntheticLayout layout = new SyntheticLayout(folder, withPlatforms);
        List<Descriptor> targets = new ArrayList<>();
        for (int image = 0; image < images; image++) {
            targets.add(layout.index(image));
        }
        String manifests = targets.stream().map(SyntheticLayout::json).collect(Collectors.joining(","));
        Files.writeString(folder.resolve("index.json"), "{\"schemaVersion\":2,\"manifests\":[" + manifests + "]}");
        Files.writeString(folder.resolve("oci-layout"), "{\"imageLayoutVersion\":\"1.0.0\"}");
        return targets;
    }

    private Descriptor index(int image) throws IOException {
        List<String> entries = new ArrayList<>();
        for (String platform : PLATFORMS) {
            String entry = json(manifest(image, platform));
            entries.add(
                    withPlatforms
                            ? entry.replaceFirst("}$", ",\"platform\":{\"os\":\"linux\"," + cpu(platform) + "}}")
                            : entry);
        }
        return blob(MediaType.OCI_INDEX, "{\"schemaVersion\":2,\"manifests\":[" + String.join(",", entries) + "]}");
    }

    private static String cpu(String platform) {
        int slash = platform.indexOf('/');
        return slash < 0
                ? "\"architecture\":\"" + platform + "\""
                : "\"architecture\":\"" + platform.substring(0, slash) + "\",\"variant\":\""
                        + platform.substring(slash + 1) + "\"";
    }

    private Descriptor manifest(int image, String platform) throws IOException {
        String seed = image + platform;
        String layers = IntStream.range(0, LAYERS)
                .mapToObj(layer -> json(new Descriptor(
                        MediaType.OCI_LAYER_GZIP, sha256((seed + layer).getBytes(StandardCharsets.UTF_8)), 1_000_000)))
                .collect(Collectors.joining(","));
        return blob(
                MediaType.OCI_MANIFEST,
                "{\"schemaVersion\":2,\"config\":" + json(config(seed, platform)) + ",\"layers\":[" + layers
                        + "],\"annotations\":{\"org.opencontainers.image.created\":\"2026-01-01T00:00:00Z\"}}");
    }

    private Descriptor config(String seed, String platform) throws IOException {
        String diffIds = IntStream.range(0, LAYERS)
                .mapToObj(layer -> "\"" + sha256(("diff" + seed + layer).getBytes(StandardCharsets.UTF_8)) + "\"")
                .collect(Collectors.joining(","));
        String history = IntStream.range(0, HISTORY)
                .mapToObj(step -> "{\"created\":\"2026-01-01T00:00:00Z\",\"created_by\":\"/bin/sh -c #(nop) COPY file:"
                        + sha256((seed + step).getBytes(StandardCharsets.UTF_8))
                        + " in /usr/local/bin/ \",\"empty_layer\":" + (step >= LAYERS) + "}")
                .collect(Collectors.joining(","));
        return blob(
                MediaType.OCI_CONFIG,
                "{\"created\":\"2026-01-01T00:00:00Z\",\"os\":\"linux\"," + cpu(platform)
                        + ",\"config\":{\"Env\":[\"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\"],"
                        + "\"Entrypoint\":[\"docker-entrypoint.sh\"],\"Cmd\":[\"server\"],\"ExposedPorts\":{\"80/tcp\":{}},"
                        + "\"Labels\":{\"org.opencontainers.image.title\":\"app\"}},\"rootfs\":{\"type\":\"layers\",\"diff_ids\":["
                        + diffIds + "]},\"history\":[" + history + "]}");
    }

    private Descriptor blob(String mediaType, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        String digest = sha256(bytes);
        Files.write(folder.resolve("blobs").resolve(digest.replace(':', '/')), bytes);
        return new Descriptor(mediaType, digest, bytes.length);
    }

    private static String json(Descriptor descriptor) {
        return "{\"mediaType\":\"" + descriptor.mediaType() + "\",\"digest\":\"" + descriptor.digest() + "\",\"size\":"
                + descriptor.size() + "}";
    }

    private static String sha256(byte[] bytes) {
        try {
            return "sha256:"
                    + HexFormat.of()
                            .formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
