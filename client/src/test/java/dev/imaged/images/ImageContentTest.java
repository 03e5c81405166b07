package dev.imaged.images;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.imaged.content.Blobs;
import dev.imaged.content.Documents;
import dev.imaged.errors.ImageException.NotFound;
import dev.imaged.oci.Descriptor;
import dev.imaged.oci.MediaType;
import dev.imaged.oci.Platform;
import dev.imaged.oci.PlatformMatcher;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class ImageContentTest extends ImageContentFixture {
    @Test
    void theSizeIsThatOfThePlatformsPartsAndTheIndex() throws IOException {
        Descriptor config = images.config(AMD64);
        Descriptor layer = images.blob(MediaType.OCI_LAYER, "layer");
        Descriptor manifest = images.manifest(config, layer, layer);
        Descriptor index = images.index(manifest.withPlatform(AMD64), images.entry(ARM64));
        long image = manifest.size() + config.size() + 2 * layer.size();

        assertEquals(image, content(manifest, AMD64).size());
        assertEquals(index.size() + image, content(index, AMD64).size());
        assertEquals(
                7,
                content(new Descriptor("text/plain", layer.digest(), 7), AMD64).size());
    }

    @Test
    void aSumOfSizesThatDoesNotFitIsInvalid() {
        Descriptor huge = new Descriptor(MediaType.OCI_LAYER, "sha256:" + "0".repeat(64), Long.MAX_VALUE);
        Descriptor manifest = images.manifest(images.config(AMD64), huge);
        assertInvalid("the sum exceeds 64 bits", () -> content(manifest, AMD64).size());
    }

    @Test
    void thePlatformsAreThoseOfTheEntriesAndOfTheConfigs() throws IOException {
        Descriptor index =
                images.index(images.entry(ARM64), images.image(AMD64), images.entry(ARM64), images.entry(UNKNOWN));
        assertEquals(List.of(ARM64, AMD64), content(index, AMD64).platforms());
        assertEquals(List.of(AMD64), content(images.image(AMD64), ARM64).platforms());
    }

    @Test
    void ofAnEntryThatSaysItsPlatformNothingIsReadForThePlatforms() throws IOException {
        Descriptor entry = images.entry(ARM64);
        images.content().remove(entry.digest());
        assertEquals(List.of(ARM64), content(images.index(entry), AMD64).platforms());
    }

    @Test
    void aConfigMayNameItsCpuAsTheKernelDoes() throws IOException {
        Descriptor image = images.image(new Platform("Linux", "aarch64", "v8"));
        assertEquals(List.of(ARM64), content(image, ARM64).platforms());
        assertEquals(image, content(images.index(image), ARM64).manifestDescriptor());
    }

    @Test
    void whatIsNotAnImageIsRefused() {
        Descriptor text = images.blob("text/plain", "text");
        assertEquals(
                "unexpected media type text/plain for " + text.digest() + ": not found",
                assertThrows(NotFound.class, () -> content(text, AMD64).manifest())
                        .getMessage());
        Descriptor schema1 = images.blob(MediaType.DOCKER_SCHEMA1_MANIFEST, "{}");
        assertInvalid(
                "media-type: schema 1 not supported",
                () -> content(schema1, AMD64).manifest());
        assertInvalid(
                "media-type: schema 1 not supported",
                () -> content(schema1, AMD64).platforms());
        Descriptor disguised = images.blob(MediaType.OCI_MANIFEST, "{\"schemaVersion\":1,\"fsLayers\":[]}");
        assertInvalid(
                "media-type: schema 1 not supported",
                () -> content(disguised, AMD64).size());
    }

    @Test
    void aDocumentOfAnotherKindThanItsDescriptorSaysIsRefused() {
        Descriptor image = images.image(AMD64);
        Descriptor asIndex = new Descriptor(MediaType.OCI_INDEX, image.digest(), image.size());
        assertInvalid(
                "/config media-type: expected index but found manifest (application/vnd.oci.image.index.v1+json)",
                () -> content(asIndex, AMD64).size());
        Descriptor index = images.index(image);
        Descriptor asManifest = new Descriptor(MediaType.OCI_MANIFEST, index.digest(), index.size());
        assertInvalid(
                "/manifests media-type: expected manifest but found index (application/vnd.oci.image.manifest.v1+json)",
                () -> content(asManifest, AMD64).size());
    }

    @Test
    void anArtifactHasNoConfigOfAnImage() throws IOException {
        Descriptor artifact = images.manifest(images.blob(MediaType.OCI_EMPTY, "{}"));
        assertEquals(
                MediaType.OCI_EMPTY,
                content(artifact, AMD64).manifest().config().mediaType());
        assertInvalid(
                "is not the config of an image", () -> content(artifact, AMD64).config());
        assertEquals(List.of(), content(artifact, AMD64).platforms());
    }

    @Test
    void aDocumentThatIsTooLargeIsRefusedBeforeItIsRead() {
        AtomicInteger opened = new AtomicInteger();
        Documents documents = Documents.of(blob -> {
            opened.incrementAndGet();
            return images.content().open(blob);
        });
        Descriptor large =
                new Descriptor(MediaType.OCI_MANIFEST, "sha256:" + "0".repeat(64), Blobs.MAX_DOCUMENT_BYTES + 1L);
        assertInvalid("more than the 8388608 that are read", () -> new ImageContent(documents, large).manifest());
        assertEquals(0, opened.get());
    }

    @Test
    void eachDocumentIsReadOnceForAllQuestions() throws IOException {
        Descriptor image = images.image(AMD64);
        Descriptor index = images.index(image);
        AtomicInteger opened = new AtomicInteger();
        Documents documents = Documents.of(blob -> {
            opened.incrementAndGet();
            return images.content().open(blob);
        });
        ImageContent content = new Image("a", Map.of(), index).content(documents, PlatformMatcher.only(AMD64));
        content.platforms();
        content.config();
        content.rootFs();
        content.size();
        assertEquals(3, opened.get());
    }
}
