package dev.imaged.images;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
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
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ImageContentTest {
    private static final Platform AMD64 = new Platform("linux", "amd64");
    private static final Platform ARM64 = new Platform("linux", "arm64");
    private static final Platform ARM_V6 = new Platform("linux", "arm", "v6");
    private static final Platform ARM_V7 = new Platform("linux", "arm", "v7");
    private static final Platform UNKNOWN = new Platform("unknown", "unknown");

    private final TestImages images = new TestImages();

    private ImageContent content(Descriptor target, Platform platform) {
        return new ImageContent(Documents.of(images.content(), 0), target, PlatformMatcher.only(platform));
    }

    private static void assertInvalid(String rule, org.junit.jupiter.api.function.Executable action) {
        InvalidArgument error = assertThrows(InvalidArgument.class, action);
        assertTrue(String.valueOf(error.getMessage()).contains(rule), error::getMessage);
    }

    @Test
    void theManifestOfAnIndexIsThatOfThePlatform() throws IOException {
        Descriptor arm = images.entry(ARM64);
        Descriptor index = images.index(images.entry(AMD64), arm);

        assertEquals(arm, content(index, ARM64).manifestDescriptor());
        assertEquals(1, content(index, ARM64).manifest().layers().size());
        assertEquals("arm64", content(index, ARM64).config().platform().architecture());
        assertEquals(List.of(TestImages.DIFF_ID), content(index, ARM64).rootFs());
    }

    @Test
    void theBestPlatformIsTakenWhereverItStands() throws IOException {
        Descriptor v6 = images.entry(ARM_V6);
        Descriptor v7 = images.entry(ARM_V7);
        assertEquals(v7, content(images.index(v6, v7), ARM64).manifestDescriptor());
        assertEquals(v6, content(images.index(v7, v6), ARM_V6).manifestDescriptor());
    }

    @Test
    void aPlatformThatIsNotThereIsNotFound() {
        Descriptor index = images.index(images.entry(AMD64));
        NotFound error =
                assertThrows(NotFound.class, () -> content(index, ARM64).manifest());
        assertEquals("no match for platform in manifest " + index.digest() + ": not found", error.getMessage());
    }

    @Test
    void aManifestIsTheImageWhateverItsPlatform() throws IOException {
        Descriptor image = images.image(AMD64);
        assertEquals(image, content(image, ARM64).manifestDescriptor());
    }

    @Test
    void ofAnEntryWithoutAPlatformTheConfigCounts() throws IOException {
        Descriptor index = images.index(images.image(AMD64), images.image(ARM64));
        assertEquals(images.image(ARM64), content(index, ARM64).manifestDescriptor());
        assertThrows(
                NotFound.class,
                () -> content(index, new Platform("windows", "amd64")).manifest());
    }

    @Test
    void anEntryThatSaysItsPlatformComesBeforeOneThatDoesNot() throws IOException {
        Descriptor stated = images.entry(AMD64);
        Descriptor silent = images.manifest(images.config(AMD64));
        assertEquals(stated, content(images.index(silent, stated), AMD64).manifestDescriptor());
    }

    @Test
    void anArtifactWithoutAPlatformIsNoImage() throws IOException {
        Descriptor artifact = images.manifest(images.blob(MediaType.OCI_EMPTY, "{}"));
        assertEquals(
                images.image(AMD64),
                content(images.index(artifact, images.image(AMD64)), AMD64).manifestDescriptor());
    }

    @Test
    void anIndexInAnIndexIsLookedInto() throws IOException {
        Descriptor inner = images.index(images.entry(ARM64));
        Descriptor first = images.index(images.entry(new Platform("windows", "amd64")));
        Descriptor index = images.index(images.entry(AMD64), first, inner);
        assertEquals(
                images.entry(ARM64), content(index, ARM64).manifestDescriptor().withPlatform(ARM64));
        assertEquals(
                List.of(AMD64, new Platform("windows", "amd64"), ARM64),
                content(index, AMD64).platforms());
    }

    @Test
    void indexesThatListEachOtherManyTimesCostNoMoreThanTheirEntries() throws IOException {
        Descriptor index = images.index(images.entry(AMD64));
        for (int depth = 0; depth < 200; depth++) {
            index = images.index(index, index);
        }
        Descriptor deepest = index;
        assertThrows(NotFound.class, () -> content(deepest, ARM64).manifest());
        assertEquals(List.of(AMD64), content(deepest, AMD64).platforms());
        assertEquals(List.of(), content(deepest, AMD64).missing());
    }

    @Test
    void aChainOfIndexesMayBeDeeperThanAnyStack() throws IOException {
        Descriptor index = images.index(images.image(AMD64));
        for (int depth = 0; depth < 10_000; depth++) {
            index = images.index(index);
        }
        ImageContent content =
                content(index, AMD64).withMaxReferences(10_004); // an index, a manifest, and two under it
        assertEquals(images.image(AMD64), content.manifestDescriptor());
        assertEquals(List.of(AMD64), content.platforms());
    }

    /** Each descriptor of an index differs in an annotation, so that none of them has been seen before. */
    @Test
    void indexesThatListEachOtherInManyWaysAreExhausting() {
        Descriptor index = images.index(images.entry(AMD64));
        for (int depth = 0; depth < 6; depth++) {
            Descriptor inner = index;
            index = images.index(IntStream.range(0, 60)
                    .mapToObj(i -> inner.withAnnotations(Map.of("i", Integer.toString(i))))
                    .toArray(Descriptor[]::new));
        }
        ImageContent content = content(index, AMD64);
        assertThrows(ResourceExhausted.class, content::platforms);
        assertThrows(ResourceExhausted.class, content::missing);
        assertThrows(ResourceExhausted.class, content::invalidData);
    }

    @Test
    void theReferencesOfAQuestionMayBeAsManyAsTheCallerSays() throws IOException {
        Descriptor layer = images.blob(MediaType.OCI_LAYER, "layer");
        Descriptor image = images.manifest(images.config(AMD64), layer, layer).withPlatform(AMD64);
        ImageContent five = content(images.index(image), AMD64).withMaxReferences(5);
        ImageContent four = five.withMaxReferences(4);
        assertEquals(3, five.check().required().size());
        five.size();
        five.platforms();
        five.missing();
        assertThrows(ResourceExhausted.class, four::check);
        assertThrows(ResourceExhausted.class, four::size);
        assertThrows(ResourceExhausted.class, four::missing);
        ImageContent two = five.withMaxReferences(2);
        assertEquals(image, two.manifestDescriptor());
        ImageContent one = five.withMaxReferences(1);
        assertThrows(ResourceExhausted.class, one::manifest);
        assertThrows(ResourceExhausted.class, one::config);
        assertThrows(ResourceExhausted.class, one::rootFs);
        assertThrows(ResourceExhausted.class, one::path);
        assertThrows(ResourceExhausted.class, one::platforms);
    }

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

    @Test
    void whatIsNoImageIsRefused() {
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

    @Test
    void thePlatformOfThisMachineIsTheDefault() throws IOException {
        Descriptor index = images.index(images.entry(UNKNOWN), images.entry(Platform.local()));
        Image image = new Image("a", index);
        assertEquals(
                Platform.local().normalize(),
                image.content(Documents.of(images.content()))
                        .config()
                        .platform()
                        .normalize());
    }
}
