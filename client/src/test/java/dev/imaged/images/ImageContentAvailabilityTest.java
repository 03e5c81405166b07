package dev.imaged.images;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.imaged.content.Blobs;
import dev.imaged.content.Documents;
import dev.imaged.oci.Descriptor;
import dev.imaged.oci.MediaType;
import dev.imaged.oci.PlatformMatcher;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Which parts of an image are there, in its source or in its descriptors. */
class ImageContentAvailabilityTest extends ImageContentFixture {
    @Test
    void embeddedContentIsPresent() throws IOException {
        Descriptor config = embedded(images.config(AMD64));
        Descriptor layer = embedded(images.blob(MediaType.OCI_LAYER, "layer"));
        Descriptor manifest = embedded(images.manifest(config, layer)).withPlatform(AMD64);
        Descriptor index = images.index(manifest);
        List.of(config, layer, manifest).forEach(blob -> images.content().remove(blob.digest()));

        ImageContent content = content(index, AMD64);
        assertEquals("amd64", content.config().platform().architecture());
        assertEquals(List.of(config, layer), content.check().present());
        assertTrue(content.check().complete());
        assertEquals(List.of(), content.missing());
        assertEquals(List.of(), content.invalidData());
    }

    @Test
    void dataThatIsNotTheContentDoesNotCount() throws IOException {
        Descriptor layer = images.blob(MediaType.OCI_LAYER, "layer").withData(base64("other"));
        Descriptor image = images.manifest(images.config(AMD64), layer);
        ImageContent content = content(image, AMD64);
        assertTrue(content.check().complete());
        assertEquals(List.of(), content.missing());
        assertEquals(List.of(layer), content.invalidData());

        images.content().remove(layer.digest());
        assertEquals(List.of(layer), content.check().missing());
        assertEquals(List.of(layer), content.missing());
        assertEquals(List.of(layer), content.invalidData());
    }

    private Descriptor embedded(Descriptor blob) throws IOException {
        return blob.withData(Base64.getEncoder().encodeToString(Blobs.read(images.content(), blob)));
    }

    private static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void aCompleteImageIsAvailable() throws IOException {
        Descriptor image = images.image(AMD64);
        Availability availability =
                content(images.index(image.withPlatform(AMD64)), AMD64).check();
        assertTrue(availability.complete());
        assertEquals(availability.required(), availability.present());
        assertEquals(2, availability.required().size());
    }

    @Test
    void whatIsMissingOfAnImageIsTold() throws IOException {
        Descriptor image = images.image(AMD64);
        Descriptor layer = content(image, AMD64).manifest().layers().get(0);
        images.content().remove(layer.digest());

        Availability availability = content(image, AMD64).check();
        assertTrue(availability.available());
        assertFalse(availability.complete());
        assertEquals(List.of(layer), availability.missing());
        assertEquals(List.of(content(image, AMD64).manifest().config()), availability.present());
        assertEquals(List.of(layer), content(image, AMD64).missing());
    }

    @Test
    void anImageWithoutItsManifestIsNotAvailable() throws IOException {
        Descriptor entry = images.entry(AMD64);
        Descriptor index = images.index(entry);
        Documents documents = Documents.of(images.content());
        ImageContent content = new ImageContent(documents, index, PlatformMatcher.only(AMD64));
        assertTrue(content.check().complete());

        images.content().remove(entry.digest());
        assertEquals(Availability.unavailable(entry), content.check());
        images.content().remove(index.digest());
        assertEquals(Availability.unavailable(index), content.check());
        assertEquals(Availability.unavailable(index), content(index, AMD64).check());
    }

    @Test
    void anImageForAnotherPlatformIsNotAvailable() throws IOException {
        Descriptor index = images.index(images.entry(AMD64));
        assertEquals(Availability.unavailable(index), content(index, ARM64).check());
    }

    @Test
    void contentOfAnotherSizeIsInvalid() {
        Descriptor layer = images.blob(MediaType.OCI_LAYER, "layer");
        Descriptor longer = new Descriptor(layer.mediaType(), layer.digest(), 6);
        Descriptor image = images.manifest(images.config(AMD64), longer);
        assertInvalid(": has 5 bytes instead of 6", () -> content(image, AMD64).check());
        assertInvalid(": has 5 bytes instead of 6", () -> content(image, AMD64).missing());
    }
}
