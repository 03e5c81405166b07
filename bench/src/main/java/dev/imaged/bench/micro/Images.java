package dev.imaged.bench.micro;

import dev.imaged.images.Image;
import dev.imaged.oci.Descriptor;
import dev.imaged.oci.Digest;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Map;

/** Realistic images, each by its number. */
final class Images {
    private static final Instant TIME = Instant.parse("2026-01-01T00:00:00.123456789Z");

    private Images() {}

    static String name(long number) {
        return String.format("docker.io/library/app-%06d:v1.2", number);
    }

    static Descriptor target(long content) {
        byte[] bytes = Long.toString(content).getBytes(StandardCharsets.UTF_8);
        return new Descriptor(
                "application/vnd.oci.image.index.v1+json", Digest.sha256(bytes).toString(), 1234);
    }

    static Image image(long number) {
        Map<String, String> labels = Map.of(
                "team", "team-" + number / 100,
                "containerd.io/distribution.source.docker.io", "library/app",
                "org.opencontainers.image.version", "v1.2");
        return new Image(name(number), labels, target(number), TIME, TIME);
    }
}
