package dev.imaged.bench;

import com.google.protobuf.Timestamp;
import dev.imaged.proto.images.v1.Image;
import dev.imaged.proto.types.Descriptor;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * The images that the measurements keep. Image {@code i} has the same name and labels in every run. Its content is a number,
 * too: {@code i} when it is created, and another one after an update.
 */
final class SyntheticImages {
    private static final int IMAGES_OF_A_TEAM = 100;
    private static final int DIGITS = 6;

    private SyntheticImages() {}

    static String name(long i) {
        String number = Long.toString(i);
        return "docker.io/library/app-" + "0".repeat(Math.max(0, DIGITS - number.length())) + number + ":v1.2";
    }

    /** Returns the start of the name of an image, which 100 images have. */
    static String namePrefix(long i) {
        return name(i).replaceAll("\\d\\d:.*", "");
    }

    /** Returns the value of the label {@code team}, which 100 images have. */
    static String team(long i) {
        return "team-" + i / IMAGES_OF_A_TEAM;
    }

    static String digest(long content) {
        try {
            MessageDigest sha = MessageDigest.getInstance("SHA-256");
            byte[] hash = sha.digest(Long.toString(content).getBytes(StandardCharsets.UTF_8));
            return "sha256:" + HexFormat.of().formatHex(hash);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    static Descriptor.Builder target(long content) {
        return Descriptor.newBuilder()
                .setMediaType("application/vnd.oci.image.index.v1+json")
                .setDigest(digest(content))
                .setSize(1234);
    }

    /** Returns an image as it is created. */
    static Image image(long i) {
        return Image.newBuilder()
                .setName(name(i))
                .putLabels("team", team(i))
                .putLabels("containerd.io/distribution.source.docker.io", "library/app")
                .putLabels("org.opencontainers.image.version", "v1.2")
                .setTarget(target(i))
                .build();
    }

    /** Returns an image as a server would answer it. */
    static Image answer(long i) {
        Timestamp.Builder time =
                Timestamp.newBuilder().setSeconds(1_800_000_000).setNanos(123_456_789);
        return image(i).toBuilder().setCreatedAt(time).setUpdatedAt(time).build();
    }
}
