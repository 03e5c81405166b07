package dev.imaged.images;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.imaged.content.Documents;
import dev.imaged.errors.ImageException.InvalidArgument;
import dev.imaged.oci.Descriptor;
import dev.imaged.oci.Platform;
import dev.imaged.oci.PlatformMatcher;
import org.junit.jupiter.api.function.Executable;

/** The content of images in memory. */
abstract class ImageContentFixture {
    static final Platform AMD64 = new Platform("linux", "amd64");
    static final Platform ARM64 = new Platform("linux", "arm64");
    static final Platform ARM_V6 = new Platform("linux", "arm", "v6");
    static final Platform ARM_V7 = new Platform("linux", "arm", "v7");
    static final Platform UNKNOWN = new Platform("unknown", "unknown");

    final TestImages images = new TestImages();

    ImageContent content(Descriptor target, Platform platform) {
        return new ImageContent(Documents.of(images.content(), 0), target, PlatformMatcher.only(platform));
    }

    static void assertInvalid(String rule, Executable action) {
        InvalidArgument error = assertThrows(InvalidArgument.class, action);
        assertTrue(String.valueOf(error.getMessage()).contains(rule), error::getMessage);
    }
}
