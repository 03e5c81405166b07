package dev.imaged.images;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.imaged.content.Documents;
import dev.imaged.errors.ImageException.NotFound;
import dev.imaged.errors.ImageException.ResourceExhausted;
import dev.imaged.oci.Descriptor;
import dev.imaged.oci.MediaType;
import dev.imaged.oci.Platform;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Which manifest is the image for a platform, and what the search for it costs. */
class ImageContentManifestTest extends ImageContentFixture {
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
    void anArtifactWithoutAPlatformIsNotAnImage() throws IOException {
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
