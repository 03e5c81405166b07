package dev.imaged.oci;

import dev.imaged.errors.ImageException.Unimplemented;
import dev.imaged.internal.text.Excerpt;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Names of media types, and the facts that follow from a name alone (OCI image-spec, media-types.md; Docker image manifest, schema 2;
 * containerd's package {@code images}). Names are compared with their case.
 */
public final class MediaType {
    public static final String OCI_INDEX = "application/vnd.oci.image.index.v1+json";
    public static final String OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json";
    public static final String OCI_CONFIG = "application/vnd.oci.image.config.v1+json";
    public static final String OCI_DESCRIPTOR = "application/vnd.oci.descriptor.v1+json";
    public static final String OCI_LAYOUT_HEADER = "application/vnd.oci.layout.header.v1+json";
    public static final String OCI_EMPTY = "application/vnd.oci.empty.v1+json";
    public static final String OCI_LAYER = "application/vnd.oci.image.layer.v1.tar";
    public static final String OCI_LAYER_GZIP = OCI_LAYER + "+gzip";
    public static final String OCI_LAYER_ZSTD = OCI_LAYER + "+zstd";
    public static final String OCI_LAYER_ENCRYPTED = OCI_LAYER + "+encrypted";
    public static final String OCI_LAYER_GZIP_ENCRYPTED = OCI_LAYER_GZIP + "+encrypted";
    public static final String OCI_LAYER_ZSTD_ENCRYPTED = OCI_LAYER_ZSTD + "+encrypted";
    public static final String OCI_LAYER_NON_DISTRIBUTABLE = "application/vnd.oci.image.layer.nondistributable.v1.tar";
    public static final String OCI_LAYER_NON_DISTRIBUTABLE_GZIP = OCI_LAYER_NON_DISTRIBUTABLE + "+gzip";
    public static final String OCI_LAYER_NON_DISTRIBUTABLE_ZSTD = OCI_LAYER_NON_DISTRIBUTABLE + "+zstd";

    public static final String DOCKER_MANIFEST_LIST = "application/vnd.docker.distribution.manifest.list.v2+json";
    public static final String DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json";
    public static final String DOCKER_SCHEMA1_MANIFEST = "application/vnd.docker.distribution.manifest.v1+prettyjws";
    public static final String DOCKER_CONFIG = "application/vnd.docker.container.image.v1+json";
    public static final String DOCKER_LAYER = "application/vnd.docker.image.rootfs.diff.tar";
    public static final String DOCKER_LAYER_GZIP = DOCKER_LAYER + ".gzip";
    public static final String DOCKER_LAYER_ZSTD = DOCKER_LAYER + ".zstd";
    public static final String DOCKER_LAYER_FOREIGN = "application/vnd.docker.image.rootfs.foreign.diff.tar";
    public static final String DOCKER_LAYER_FOREIGN_GZIP = DOCKER_LAYER_FOREIGN + ".gzip";

    public static final String EROFS = "application/vnd.erofs";
    public static final String EROFS_LAYER = "application/vnd.erofs.layer.v1";
    public static final String EROFS_CHUNK_INDEX = "application/vnd.erofs.chunk-index.v1";
    public static final String IN_TOTO = "application/vnd.in-toto+json";

    public static final String CHECKPOINT = "application/vnd.containerd.container.criu.checkpoint.criu.tar";
    public static final String CHECKPOINT_PRE_DUMP = "application/vnd.containerd.container.criu.checkpoint.predump.tar";
    public static final String CHECKPOINT_RESOURCE = "application/vnd.containerd.container.resource.tar";
    public static final String CHECKPOINT_RW = "application/vnd.containerd.container.rw.tar";
    public static final String CHECKPOINT_CONFIG = "application/vnd.containerd.container.checkpoint.config.v1+proto";
    public static final String CHECKPOINT_OPTIONS = "application/vnd.containerd.container.checkpoint.options.v1+proto";
    public static final String CHECKPOINT_RUNTIME_NAME = "application/vnd.containerd.container.checkpoint.runtime.name";
    public static final String CHECKPOINT_RUNTIME_OPTIONS =
            "application/vnd.containerd.container.checkpoint.runtime.options+proto";

    private static final String DOCKER_PREFIX = "application/vnd.docker.";
    private static final String OCI_LAYER_PREFIX = "application/vnd.oci.image.layer.";
    private static final String OCI_NON_DISTRIBUTABLE_PREFIX = OCI_LAYER_PREFIX + "nondistributable.";
    private static final String DOCKER_FOREIGN_PREFIX = "application/vnd.docker.image.rootfs.foreign.";

    /** Layers besides those of OCI, without the suffixes behind a plus sign. */
    private static final Set<String> OTHER_LAYERS = Set.of(
            DOCKER_LAYER,
            DOCKER_LAYER_GZIP,
            DOCKER_LAYER_ZSTD,
            DOCKER_LAYER_FOREIGN,
            DOCKER_LAYER_FOREIGN_GZIP,
            EROFS,
            EROFS_LAYER,
            EROFS_CHUNK_INDEX);

    private MediaType() {}

    /** Whether the type is an index of manifests: an OCI index or a Docker manifest list. */
    public static boolean isIndex(String mediaType) {
        return mediaType.equals(OCI_INDEX) || mediaType.equals(DOCKER_MANIFEST_LIST);
    }

    /**
     * Whether the type is the manifest of one image. A manifest of Docker's schema 1, which is signed text, does not
     * count.
     */
    public static boolean isManifest(String mediaType) {
        return mediaType.equals(OCI_MANIFEST) || mediaType.equals(DOCKER_MANIFEST);
    }

    /** Whether the type is the manifest of Docker's schema 1, which is not supported. */
    public static boolean isSchema1(String mediaType) {
        return mediaType.equals(DOCKER_SCHEMA1_MANIFEST);
    }

    /** Whether the type is the configuration of an image. */
    public static boolean isConfig(String mediaType) {
        return mediaType.equals(OCI_CONFIG) || mediaType.equals(DOCKER_CONFIG);
    }

    /** Whether the type is the configuration of an image or of a checkpoint. */
    public static boolean isKnownConfig(String mediaType) {
        return isConfig(mediaType) || mediaType.equals(CHECKPOINT) || mediaType.equals(CHECKPOINT_CONFIG);
    }

    /**
     * Whether the type is a layer, compressed, encrypted or not. All types of the EROFS image specification count;
     * containerd up to 2.4 knows {@link #EROFS_LAYER} alone.
     */
    public static boolean isLayer(String mediaType) {
        return mediaType.startsWith(OCI_LAYER_PREFIX) || OTHER_LAYERS.contains(base(mediaType));
    }

    /** Whether the type is a statement about an image, such as how it was built (in-toto attestation framework). */
    public static boolean isAttestation(String mediaType) {
        return mediaType.equals(IN_TOTO);
    }

    /** Whether the type is one of Docker's. */
    public static boolean isDocker(String mediaType) {
        return mediaType.startsWith(DOCKER_PREFIX);
    }

    /** Whether the type is a layer that registries do not distribute. */
    public static boolean isNonDistributable(String mediaType) {
        return mediaType.startsWith(OCI_NON_DISTRIBUTABLE_PREFIX) || mediaType.startsWith(DOCKER_FOREIGN_PREFIX);
    }

    /**
     * Returns how a layer of the type is compressed. A Docker layer without a compression in its name may still be
     * compressed: it is {@link Compression#UNKNOWN}. A Docker layer in another wrapping counts as not compressed.
     *
     * @throws Unimplemented when the type is not a layer in a tar
     */
    public static Compression diffCompression(String mediaType) {
        boolean wrapped = mediaType.indexOf('+') >= 0;
        return switch (base(mediaType)) {
            case DOCKER_LAYER, DOCKER_LAYER_FOREIGN -> wrapped ? Compression.NONE : Compression.UNKNOWN;
            case DOCKER_LAYER_GZIP, DOCKER_LAYER_FOREIGN_GZIP -> wrapped ? Compression.NONE : Compression.GZIP;
            case DOCKER_LAYER_ZSTD -> wrapped ? Compression.NONE : Compression.ZSTD;
            case OCI_LAYER, OCI_LAYER_NON_DISTRIBUTABLE -> suffixCompression(mediaType);
            default ->
                throw new Unimplemented(
                        "unrecognised mediatype " + Excerpt.escape(mediaType) + ": not implemented", null);
        };
    }

    /** Of several suffixes the last in alphabetical order counts, so that an encrypted layer is still a gzipped one. */
    private static Compression suffixCompression(String mediaType) {
        String suffix = Stream.of(mediaType.split("\\+", -1)).skip(1).sorted().reduce("", (first, last) -> last);
        return switch (suffix) {
            case "gzip" -> Compression.GZIP;
            case "zstd" -> Compression.ZSTD;
            default -> Compression.NONE;
        };
    }

    private static String base(String mediaType) {
        int plus = mediaType.indexOf('+');
        return plus < 0 ? mediaType : mediaType.substring(0, plus);
    }
}
