package dev.imaged.images;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.imaged.content.Blobs;
import dev.imaged.content.Documents;
import dev.imaged.errors.ImageException.InvalidArgument;
import dev.imaged.errors.ImageException.NotFound;
import dev.imaged.errors.ImageException.ResourceExhausted;
import dev.imaged.oci.Descriptor;
import dev.imaged.oci.MediaType;
import dev.imaged.oci.Platform;
import dev.imaged.oci.PlatformMatcher;
import java.io.IOException;
import java.util.Base64;
import org.junit.jupiter.api.Test;

class ImageUsageTest {
    private static final Platform AMD64 = new Platform("linux", "amd64");
    private static final Platform ARM64 = new Platform("linux", "arm64");
    private static final PlatformMatcher ONLY_ARM64 = PlatformMatcher.only(ARM64);

    private final TestImages images = new TestImages();
    private final Descriptor config = images.config(ARM64);
    private final Descriptor layer = images.blob(MediaType.OCI_LAYER, "a layer");
    private final Descriptor manifest = images.manifest(config, layer, layer).withPlatform(ARM64);
    private final Descriptor other = images.entry(AMD64);
    private final Descriptor index = images.index(other, manifest);
    private final long image = manifest.size() + config.size() + 2 * layer.size();

    private long usage(Descriptor target, UsageOptions options) throws IOException {
        return ImageUsage.calculate(Documents.of(images.content(), 0), target, options);
    }

    private long sizeOf(Descriptor target) throws IOException {
        return new ImageContent(Documents.of(images.content()), target).size();
    }

    @Test
    void theUsageIsTheSumOfAllThatTheImageHasOnEveryPlatform() throws IOException {
        assertEquals(image, ImageUsage.calculate(Documents.of(images.content()), manifest));
        assertEquals(index.size() + sizeOf(other) + image, usage(index, UsageOptions.DEFAULT));
        assertEquals(layer.size(), usage(layer, UsageOptions.DEFAULT));
    }

    @Test
    void contentThatIsMissingTakesNoRoom() throws IOException {
        images.content().remove(layer.digest());
        assertEquals(image - 2 * layer.size(), usage(manifest, UsageOptions.DEFAULT));
        images.content().remove(other.digest());
        assertEquals(index.size() + image - 2 * layer.size(), usage(index, UsageOptions.DEFAULT));
        images.content().remove(index.digest());
        assertEquals(0, usage(index, UsageOptions.DEFAULT));
    }

    @Test
    void theDocumentsMaySayWhatIsMissing() throws IOException {
        UsageOptions manifests = UsageOptions.DEFAULT.withManifestUsage();
        images.content().remove(layer.digest());
        assertEquals(image, usage(manifest, manifests));
        images.content().remove(other.digest());
        assertEquals(index.size() + other.size() + image, usage(index, manifests));
    }

    @Test
    void aLimitTakesTheBestManifests() throws IOException {
        UsageOptions best = UsageOptions.DEFAULT.withManifestLimit(ONLY_ARM64, 1);
        assertEquals(index.size() + image, usage(index, best));
        assertEquals(index.size() + image + sizeOf(other), usage(index, best.withManifestLimit(ONLY_ARM64, 2)));
        assertEquals(index.size() + image + sizeOf(other), usage(index, best.withManifestLimit(ONLY_ARM64, 0)));
    }

    @Test
    void theManifestsOfALimitHaveToBeThere() throws IOException {
        UsageOptions best = UsageOptions.DEFAULT.withManifestLimit(ONLY_ARM64, 1);
        images.content().remove(other.digest());
        images.content().remove(layer.digest());
        assertEquals(index.size() + image - 2 * layer.size(), usage(index, best));
        assertThrows(NotFound.class, () -> usage(index, best.withManifestLimit(ONLY_ARM64, 0)));
        images.content().remove(manifest.digest());
        assertThrows(NotFound.class, () -> usage(index, best.withManifestUsage()));
    }

    @Test
    void embeddedContentTakesNoRoomOfItsOwn() throws IOException {
        String data = Base64.getEncoder().encodeToString(Blobs.read(images.content(), manifest));
        Descriptor embedding = images.index(manifest.withData(data));
        images.content().remove(manifest.digest());
        assertEquals(embedding.size() + config.size() + 2 * layer.size(), usage(embedding, UsageOptions.DEFAULT));
    }

    @Test
    void aStoreMayHaveMoreThanTheDescriptorSays() throws IOException {
        Descriptor shorter = new Descriptor(layer.mediaType(), layer.digest(), 1);
        Descriptor listing = images.manifest(config, shorter);
        assertEquals(listing.size() + config.size() + layer.size(), usage(listing, UsageOptions.DEFAULT));
        assertEquals(listing.size() + config.size() + 1, usage(listing, UsageOptions.DEFAULT.withManifestUsage()));
    }

    @Test
    void theReferencesHaveABound() throws IOException {
        UsageOptions four = UsageOptions.DEFAULT.withDispatch(DispatchOptions.DEFAULT.withMaxReferences(4));
        assertEquals(image, usage(manifest, four));
        assertThrows(ResourceExhausted.class, () -> usage(index, four));
    }

    @Test
    void aSumThatDoesNotFitIsInvalid() {
        Descriptor huge = new Descriptor(MediaType.OCI_LAYER, "sha256:" + "0".repeat(64), Long.MAX_VALUE);
        Descriptor listing = images.manifest(config, huge);
        InvalidArgument error =
                assertThrows(InvalidArgument.class, () -> usage(listing, UsageOptions.DEFAULT.withManifestUsage()));
        assertTrue(error.getMessage().contains("the sum exceeds 64 bits"), error::getMessage);
    }
}
