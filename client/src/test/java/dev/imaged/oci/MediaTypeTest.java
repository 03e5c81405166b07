package dev.imaged.oci;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.imaged.errors.ImageException.Unimplemented;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The expectations are what containerd's package images answers, v2.4.2, but for the newer types of EROFS layers. */
class MediaTypeTest {
    @ParameterizedTest
    @CsvSource({
        "application/vnd.oci.image.index.v1+json, index",
        "application/vnd.oci.image.manifest.v1+json, manifest",
        "application/vnd.oci.image.config.v1+json, config known",
        "application/vnd.oci.descriptor.v1+json, ''",
        "application/vnd.oci.layout.header.v1+json, ''",
        "application/vnd.oci.empty.v1+json, ''",
        "application/vnd.oci.image.layer.v1.tar, layer",
        "application/vnd.oci.image.layer.v1.tar+gzip+encrypted, layer",
        "application/vnd.oci.image.layer.nondistributable.v1.tar+zstd, layer undistributed",
        "application/vnd.oci.image.layer.squashfs, layer",
        "APPLICATION/vnd.oci.image.layer.v1.tar, ''",
        "application/vnd.docker.distribution.manifest.list.v2+json, index docker",
        "application/vnd.docker.distribution.manifest.v2+json, manifest docker",
        "application/vnd.docker.distribution.manifest.v1+prettyjws, schema1 docker",
        "application/vnd.docker.container.image.v1+json, config known docker",
        "application/vnd.docker.image.rootfs.diff.tar, layer docker",
        "application/vnd.docker.image.rootfs.diff.tar.gzip, layer docker",
        "application/vnd.docker.image.rootfs.diff.tar.gzip+encrypted, layer docker",
        "application/vnd.docker.image.rootfs.diff.tar.zstd, layer docker",
        "application/vnd.docker.image.rootfs.diff.tar.xz, docker",
        "application/vnd.docker.image.rootfs.foreign.diff.tar, layer docker undistributed",
        "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip, layer docker undistributed",
        "application/vnd.erofs, layer",
        "application/vnd.erofs+zstd, layer",
        "application/vnd.erofs.layer.v1+zstd, layer",
        "application/vnd.erofs.chunk-index.v1, layer",
        "application/vnd.in-toto+json, attestation",
        "application/vnd.containerd.container.criu.checkpoint.criu.tar, known",
        "application/vnd.containerd.container.criu.checkpoint.predump.tar, ''",
        "application/vnd.containerd.container.resource.tar, ''",
        "application/vnd.containerd.container.rw.tar, ''",
        "application/vnd.containerd.container.checkpoint.config.v1+proto, known",
        "application/vnd.containerd.container.checkpoint.options.v1+proto, ''",
        "application/vnd.containerd.container.checkpoint.runtime.name, ''",
        "application/vnd.containerd.container.checkpoint.runtime.options+proto, ''",
        "'', ''",
    })
    void theNameTellsWhatItIs(String mediaType, String kinds) {
        List<String> told = new ArrayList<>();
        add(told, "index", MediaType.isIndex(mediaType));
        add(told, "manifest", MediaType.isManifest(mediaType));
        add(told, "schema1", MediaType.isSchema1(mediaType));
        add(told, "config", MediaType.isConfig(mediaType));
        add(told, "known", MediaType.isKnownConfig(mediaType));
        add(told, "layer", MediaType.isLayer(mediaType));
        add(told, "attestation", MediaType.isAttestation(mediaType));
        add(told, "docker", MediaType.isDocker(mediaType));
        add(told, "undistributed", MediaType.isNonDistributable(mediaType));
        assertEquals(kinds, String.join(" ", told));
    }

    private static void add(List<String> told, String kind, boolean is) {
        if (is) {
            told.add(kind);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "application/vnd.oci.image.layer.v1.tar, NONE",
        "application/vnd.oci.image.layer.v1.tar+gzip, GZIP",
        "application/vnd.oci.image.layer.v1.tar+zstd, ZSTD",
        "application/vnd.oci.image.layer.v1.tar+encrypted, NONE",
        "application/vnd.oci.image.layer.v1.tar+gzip+encrypted, GZIP",
        "application/vnd.oci.image.layer.v1.tar+encrypted+gzip, GZIP",
        "application/vnd.oci.image.layer.v1.tar+gzip+wrapped, NONE",
        "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip, GZIP",
        "application/vnd.oci.image.layer.v1.tar+, NONE",
        "application/vnd.docker.image.rootfs.diff.tar, UNKNOWN",
        "application/vnd.docker.image.rootfs.diff.tar+encrypted, NONE",
        "application/vnd.docker.image.rootfs.foreign.diff.tar, UNKNOWN",
        "application/vnd.docker.image.rootfs.diff.tar.gzip, GZIP",
        "application/vnd.docker.image.rootfs.diff.tar.gzip+encrypted, NONE",
        "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip, GZIP",
        "application/vnd.docker.image.rootfs.diff.tar.zstd, ZSTD",
    })
    void theNameOfALayerTellsItsCompression(String mediaType, Compression compression) {
        assertEquals(compression, MediaType.diffCompression(mediaType));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "application/vnd.erofs+zstd",
                "APPLICATION/vnd.oci.image.layer.v1.tar",
                "application/vnd.oci.image.manifest.v1+json",
                "application/vnd.oci.image.layer.squashfs",
                ""
            })
    void whatIsNoTarHasNoCompression(String mediaType) {
        assertEquals(
                "unrecognised mediatype " + mediaType + ": not implemented",
                assertThrows(Unimplemented.class, () -> MediaType.diffCompression(mediaType))
                        .getMessage());
    }

    @Test
    void theTypesOfALayoutAreThoseOfTheSpecification() {
        assertEquals("application/vnd.oci.descriptor.v1+json", MediaType.OCI_DESCRIPTOR);
        assertEquals("application/vnd.oci.layout.header.v1+json", MediaType.OCI_LAYOUT_HEADER);
    }

    @Test
    void theTypesOfEncryptedLayersAreThoseOfTheEncryptionTool() {
        assertEquals("application/vnd.oci.image.layer.v1.tar+gzip+encrypted", MediaType.OCI_LAYER_GZIP_ENCRYPTED);
        assertEquals("application/vnd.oci.image.layer.v1.tar+zstd+encrypted", MediaType.OCI_LAYER_ZSTD_ENCRYPTED);
    }
}
