package dev.imaged.images;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.imaged.content.Documents;
import dev.imaged.errors.ImageException.InvalidArgument;
import dev.imaged.errors.ImageException.NotFound;
import dev.imaged.oci.Descriptor;
import dev.imaged.oci.MediaType;
import dev.imaged.oci.Platform;
import dev.imaged.oci.PlatformMatcher;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class HandlersTest {
    private static final Platform AMD64 = new Platform("linux", "amd64");
    private static final Platform ARM64 = new Platform("linux", "arm64");
    private static final Platform ARM = new Platform("linux", "arm", "v6");
    private static final PlatformMatcher ONLY_ARM64 = PlatformMatcher.only(ARM64);

    private final TestImages images = new TestImages();

    private static Descriptor entry(String name, Platform platform) {
        return new Descriptor(MediaType.OCI_MANIFEST, name, 1).withPlatform(platform);
    }

    private static final Descriptor INDEX = new Descriptor(MediaType.OCI_INDEX, "index", 1);
    private static final Descriptor SILENT = new Descriptor(MediaType.OCI_MANIFEST, "silent", 1);
    private static final Descriptor FOR_AMD64 = entry("amd64", AMD64);
    private static final Descriptor FOR_ARM64 = entry("arm64", ARM64);
    private static final Descriptor FOR_ARM = entry("arm", ARM);

    private static Handler returning(Descriptor... children) {
        return descriptor -> List.of(children);
    }

    @Test
    void aSequenceReturnsWhatAllItsHandlersReturn() throws IOException {
        assertEquals(
                List.of(SILENT, FOR_ARM, SILENT),
                Handlers.sequence(returning(SILENT, FOR_ARM), returning(), returning(SILENT))
                        .handle(INDEX));
    }

    @Test
    void theChildrenOfAnIndexAreItsManifestsAndThoseOfAManifestItsConfigAndLayers() throws IOException {
        Descriptor config = images.config(AMD64);
        Descriptor layer = images.blob(MediaType.OCI_LAYER, "layer");
        Descriptor manifest = images.manifest(config, layer);
        Handler children = Handlers.children(Documents.of(images.content()));

        assertEquals(List.of(manifest), children.handle(images.index(manifest)));
        assertEquals(List.of(config, layer), children.handle(manifest));
        assertEquals(List.of(), children.handle(layer));
        assertEquals(List.of(), children.handle(new Descriptor("text/plain", "none", 1)));
        assertThrows(
                NotFound.class,
                () -> children.handle(new Descriptor(MediaType.OCI_INDEX, "sha256:" + "0".repeat(64), 1)));
        assertThrows(
                InvalidArgument.class,
                () -> children.handle(new Descriptor(MediaType.DOCKER_SCHEMA1_MANIFEST, "schema1", 1)));
    }

    @Test
    void aFilterOfPlatformsKeepsWhatMatchesAndWhatDoesNotSay() throws IOException {
        Handler all = returning(FOR_AMD64, SILENT, FOR_ARM, FOR_ARM64);
        assertEquals(
                List.of(SILENT, FOR_ARM, FOR_ARM64),
                Handlers.filterPlatforms(all, ONLY_ARM64).handle(INDEX));
        assertEquals(
                List.of(FOR_AMD64, SILENT, FOR_ARM, FOR_ARM64),
                Handlers.filterPlatforms(all, PlatformMatcher.all()).handle(INDEX));
    }

    @Test
    void aLimitKeepsTheBest() throws IOException {
        Handler all = returning(SILENT, FOR_ARM, FOR_ARM64);
        assertEquals(
                List.of(FOR_ARM64), Handlers.limitManifests(all, ONLY_ARM64, 1).handle(INDEX));
        assertEquals(
                List.of(FOR_ARM64, FOR_ARM),
                Handlers.limitManifests(all, ONLY_ARM64, 2).handle(INDEX));
        assertEquals(
                List.of(FOR_ARM64, FOR_ARM, SILENT),
                Handlers.limitManifests(all, ONLY_ARM64, 0).handle(INDEX));
    }

    @Test
    void aLimitIsThatOfAnIndexAndFindsSomething() throws IOException {
        Handler two = returning(SILENT, FOR_ARM);
        assertEquals(
                List.of(SILENT, FOR_ARM),
                Handlers.limitManifests(two, ONLY_ARM64, 1).handle(SILENT));
        Handler none = returning();
        assertThrows(
                NotFound.class,
                () -> Handlers.limitManifests(none, ONLY_ARM64, 1).handle(INDEX));
        assertEquals(List.of(), Handlers.limitManifests(none, ONLY_ARM64, 0).handle(INDEX));
        assertEquals(List.of(), Handlers.limitManifests(none, ONLY_ARM64, 1).handle(SILENT));
    }

    @Test
    void contentIsLabelledWithTheContentItRefersTo() throws IOException {
        Descriptor parent = images.blob(MediaType.OCI_INDEX, "parent");
        Descriptor referrer = images.blob(MediaType.OCI_MANIFEST, "referrer")
                .withAnnotations(Map.of(Handlers.SUBJECT_ANNOTATION, parent.digest()));
        List<Descriptor> children = Stream.of(
                        MediaType.OCI_CONFIG,
                        MediaType.DOCKER_CONFIG,
                        MediaType.CHECKPOINT,
                        MediaType.OCI_MANIFEST,
                        MediaType.DOCKER_MANIFEST,
                        MediaType.OCI_LAYER_GZIP,
                        MediaType.EROFS,
                        MediaType.OCI_INDEX,
                        "text/plain")
                .map(mediaType -> images.blob(mediaType, mediaType))
                .toList();
        Descriptor[] all = Stream.concat(children.stream(), Stream.of(referrer)).toArray(Descriptor[]::new);

        assertEquals(
                List.of(all),
                Handlers.setChildrenLabels(images.content(), returning(all)).handle(parent));
        String prefix = "containerd.io/gc.ref.content.";
        String digits = referrer.digest().substring("sha256:".length(), "sha256:".length() + 12);
        assertEquals(
                Map.of(
                        prefix + "config", all[0].digest(),
                        prefix + "config1", all[1].digest(),
                        prefix + "config2", all[2].digest(),
                        prefix + "m.0", all[3].digest(),
                        prefix + "m.1", all[4].digest(),
                        prefix + "l.0", all[5].digest(),
                        prefix + "l.1", all[6].digest(),
                        prefix + "0", all[7].digest(),
                        prefix + "1", all[8].digest(),
                        prefix + "referrer.sha256." + digits, all[9].digest()),
                images.content().info(parent.digest()).labels());
    }

    @Test
    void theLabelsOfChildrenMayLeaveOutTheLayers() throws IOException {
        Descriptor config = images.config(AMD64);
        Descriptor layer = images.blob(MediaType.OCI_LAYER, "layer");
        Descriptor manifest = images.manifest(config, layer);
        Handler children = Handlers.children(Documents.of(images.content()));
        assertEquals(
                List.of(config, layer),
                Handlers.setChildrenMappedLabels(images.content(), children, GcLabels::childLabelsFilterLayers)
                        .handle(manifest));
        assertEquals(
                Map.of("containerd.io/gc.ref.content.config", config.digest()),
                images.content().info(manifest.digest()).labels());
    }

    @Test
    void theLabelsOfChildrenMayBeOfTheCallersChoice() throws IOException {
        Descriptor parent = images.blob(MediaType.OCI_INDEX, "parent");
        Descriptor first = images.blob("text/plain", "first");
        Descriptor second = images.blob("text/plain", "second");
        Handlers.setChildrenMappedLabels(
                        images.content(), returning(first, second), child -> List.of("a", "b.", "c.sha256."))
                .handle(parent);
        assertEquals(
                Map.of(
                        "a",
                        first.digest(),
                        "a1",
                        second.digest(),
                        "b.0",
                        first.digest(),
                        "b.1",
                        second.digest(),
                        "c.sha256." + first.digest().substring(7, 19),
                        first.digest(),
                        "c.sha256." + second.digest().substring(7, 19),
                        second.digest()),
                images.content().info(parent.digest()).labels());
        InvalidArgument error = assertThrows(
                InvalidArgument.class,
                () -> Handlers.setChildrenMappedLabels(images.content(), returning(first), child -> List.of(""))
                        .handle(parent));
        assertEquals(
                "the key of the label for " + first.digest() + " is empty: a key is required: invalid argument",
                error.getMessage());
    }

    @Test
    void whatHasNoLabelForItsChildrenIsLeftAsItIs() throws IOException {
        Descriptor absent = new Descriptor(MediaType.OCI_MANIFEST, "sha256:" + "0".repeat(64), 1);
        Descriptor layer = images.blob(MediaType.OCI_LAYER, "layer");
        assertEquals(
                List.of(layer),
                Handlers.setChildrenMappedLabels(images.content(), returning(layer), GcLabels::childLabelsFilterLayers)
                        .handle(absent));
    }

    @Test
    void contentThatRefersToNothingIsNotLabelled() throws IOException {
        Descriptor absent = new Descriptor(MediaType.OCI_LAYER, "sha256:" + "0".repeat(64), 1);
        assertEquals(
                List.of(),
                Handlers.setChildrenLabels(images.content(), returning()).handle(absent));
    }

    @Test
    void referrersComeUnderTheManifestTheyReferTo() throws IOException {
        Descriptor manifest = images.image(AMD64);
        Descriptor signature = images.blob(MediaType.OCI_MANIFEST, "signature").withAnnotations(Map.of("k", "v"));
        images.content().addReferrer(manifest, signature);
        Handler handler = Handlers.setReferrers(images.content(), returning(SILENT));

        assertEquals(
                List.of(
                        SILENT,
                        signature.withAnnotations(Map.of("k", "v", Handlers.SUBJECT_ANNOTATION, manifest.digest()))),
                handler.handle(manifest));
        Descriptor layer = new Descriptor(MediaType.OCI_LAYER, manifest.digest(), manifest.size());
        assertEquals(List.of(SILENT), handler.handle(layer));
    }

    /** As the size of an image is read aloud: walk the children, filtered by platform, limited to the best. */
    @Test
    void handlersPutTogetherAddUpAsTheImageDoes() throws IOException {
        Descriptor index = images.index(images.entry(AMD64), images.entry(ARM), images.entry(ARM64));
        Documents documents = Documents.of(images.content());
        long[] size = new long[1];
        Handler sum = descriptor -> {
            size[0] += descriptor.size();
            return List.of();
        };
        Walk.walk(
                Handlers.sequence(
                        sum,
                        Handlers.limitManifests(
                                Handlers.filterPlatforms(Handlers.children(documents), ONLY_ARM64), ONLY_ARM64, 1)),
                index);
        assertEquals(new ImageContent(documents, index, ONLY_ARM64).size(), size[0]);
    }
}
