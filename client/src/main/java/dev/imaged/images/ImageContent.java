package dev.imaged.images;

import dev.imaged.content.Blobs;
import dev.imaged.content.Documents;
import dev.imaged.errors.ImageException.InvalidArgument;
import dev.imaged.errors.ImageException.NotFound;
import dev.imaged.errors.ImageException.ResourceExhausted;
import dev.imaged.oci.Descriptor;
import dev.imaged.oci.ImageConfig;
import dev.imaged.oci.Manifest;
import dev.imaged.oci.MediaType;
import dev.imaged.oci.Platform;
import dev.imaged.oci.PlatformMatcher;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.BiPredicate;

/**
 * The content of a target for one platform: it answers the questions of containerd's package {@code images}. Immutable
 * and thread-safe. A question reads the documents that it needs, unless {@link Documents} has kept them from an earlier
 * question.
 *
 * <p>The image for a platform is the best entry of an index: the first in the matcher's order among the entries whose
 * platform matches; failing that, the first entry without a platform whose config's platform matches. The entries of an
 * index inside an index come in its place. A target that is itself a manifest is the image, whichever platform it is
 * made for.
 *
 * <p>Every call throws {@link NotFound} when a document that it needs is missing, {@link InvalidArgument} when a
 * document is broken, is of another kind than its descriptor says, is of Docker's schema 1, or has more than 8 MiB,
 * {@link ResourceExhausted} when there are more references than the bound, and {@link IOException} when the source of
 * the content fails.
 *
 * @param documents where the content is
 * @param target an index or a manifest
 * @param platform which image of an index is meant
 * @param maxReferences how many descriptors the answer to one question may meet, each as often as it is listed, at
 *     least 1
 */
public record ImageContent(Documents documents, Descriptor target, PlatformMatcher platform, int maxReferences) {
    private static final String UNKNOWN = "unknown";

    /** The content of a target for a platform, with {@value ReferenceCount#DEFAULT_MAX} references at most. */
    public ImageContent(Documents documents, Descriptor target, PlatformMatcher platform) {
        this(documents, target, platform, ReferenceCount.DEFAULT_MAX);
    }

    /** The content of a target for the platform of this machine. */
    public ImageContent(Documents documents, Descriptor target) {
        this(documents, target, PlatformMatcher.local());
    }

    /** Returns the same content with another bound for the references. */
    public ImageContent withMaxReferences(int other) {
        return new ImageContent(documents, target, platform, other);
    }

    /**
     * Returns the descriptor of the manifest of the image.
     *
     * @throws NotFound when no entry of the index matches the platform
     */
    public Descriptor manifestDescriptor() throws IOException {
        return last(path());
    }

    /**
     * Returns the manifest of the image.
     *
     * @throws NotFound when no entry of the index matches the platform
     */
    public Manifest manifest() throws IOException {
        return documents.manifest(manifestDescriptor());
    }

    /**
     * Returns the config of the image; {@code manifest().config()} has its digest.
     *
     * @throws NotFound when no entry of the index matches the platform
     * @throws InvalidArgument when the manifest is that of an artifact, which does not have such a config
     */
    public ImageConfig config() throws IOException {
        return documents.config(manifest().config());
    }

    /**
     * Returns the digests of the unpacked layers, from the lowest up (OCI image-spec, config.md, "Layer DiffID").
     *
     * @throws NotFound when no entry of the index matches the platform
     */
    public List<String> rootFs() throws IOException {
        return config().rootFs().diffIds();
    }

    /**
     * Returns the size of the packed image in bytes: of the indexes that lead to its manifest, the manifest, the config
     * and the layers, each as often as it is listed. The sum is of the sizes that the documents say; the content itself
     * may be elsewhere. The size of a target that is neither an index nor a manifest is the one that its descriptor
     * says.
     *
     * @throws NotFound when no entry of the index matches the platform
     * @throws InvalidArgument when the sum exceeds 64 bits
     */
    public long size() throws IOException {
        List<Descriptor> parts = new ArrayList<>();
        if (isDocument(target)) {
            ReferenceCount references = new ReferenceCount(maxReferences);
            parts.addAll(search(references).path());
            parts.addAll(configAndLayers(last(parts), references));
        } else {
            parts.add(target);
        }
        try {
            return parts.stream().mapToLong(Descriptor::size).reduce(0, Math::addExact);
        } catch (ArithmeticException e) {
            throw new InvalidArgument("size of " + target.digest() + ": the sum exceeds 64 bits", e);
        }
    }

    /**
     * Returns the platforms that the target has an image for, each once, in the order of the index: the platform that
     * an entry says, or else the one that its config says. Attestations ({@code unknown/unknown}) are not images.
     */
    public List<Platform> platforms() throws IOException {
        Set<Platform> platforms = new LinkedHashSet<>();
        Handler platformOf = descriptor -> {
            Platform stated = descriptor.platform();
            if (stated != null) {
                if (!stated.os().equals(UNKNOWN) && !stated.architecture().equals(UNKNOWN)) {
                    platforms.add(stated);
                }
                throw new SkipDescriptor();
            } else if (MediaType.isConfig(descriptor.mediaType())) {
                platforms.add(documents.config(descriptor).platform().normalize());
            }
            return List.of();
        };
        walk(Handlers.sequence(Handlers.unseen(), platformOf, Handlers.children(documents)));
        return List.copyOf(platforms);
    }

    /**
     * Returns which parts of the image the source has. Missing content is not an error. The sizes of the parts are
     * compared, their digests are not: that would mean to read all bytes.
     *
     * @throws InvalidArgument when something has another size than its descriptor says
     */
    public Availability check() throws IOException {
        ReferenceCount references = new ReferenceCount(maxReferences);
        ManifestSearch search = search(references);
        List<Descriptor> path;
        try {
            path = search.path();
        } catch (NotFound e) {
            return Availability.unavailable(search.current());
        }
        for (Descriptor document : path) { // the source may have lost a document that was read before
            if (!isPresent(document)) {
                return Availability.unavailable(document);
            }
        }
        List<Descriptor> required = configAndLayers(last(path), references);
        List<Descriptor> present = new ArrayList<>();
        List<Descriptor> missing = new ArrayList<>();
        for (Descriptor part : required) {
            (isPresent(part) ? present : missing).add(part);
        }
        return new Availability(true, required, present, missing);
    }

    /**
     * Returns the descriptors of the target, on every platform, whose content the source lacks. Missing content is not
     * an error: a layout may hold only some platforms of an index. Every index and manifest that is found is verified
     * and read; of other content only the size is compared.
     *
     * @throws NotFound when the target is missing
     * @throws InvalidArgument when something has another size than its descriptor says
     */
    public List<Descriptor> missing() throws IOException {
        Blobs.verify(documents.provider(), target);
        return select((descriptor, present) -> !present);
    }

    /**
     * Returns the descriptors of the target, on every platform, whose embedded data does not match their digest ({@link
     * Blobs#dataProblem} says why). Such data does not count: the content is that of the source.
     */
    public List<Descriptor> invalidData() throws IOException {
        return select((descriptor, present) -> Blobs.dataProblem(descriptor) != null);
    }

    /** Returns the descriptors that meet a condition, of all that the documents at hand list. */
    private List<Descriptor> select(BiPredicate<Descriptor, Boolean> condition) throws IOException {
        List<Descriptor> selected = new ArrayList<>();
        Handler children = Handlers.children(documents);
        Handler select = descriptor -> {
            boolean present = isPresent(descriptor);
            if (condition.test(descriptor, present)) {
                selected.add(descriptor);
            }
            return present ? children.handle(descriptor) : List.of();
        };
        walk(Handlers.sequence(Handlers.unseen(), select));
        return selected;
    }

    /**
     * Returns the way to the image: the indexes from the target on, then the manifest.
     *
     * @throws NotFound when no entry of the index matches the platform
     */
    public List<Descriptor> path() throws IOException {
        return search(new ReferenceCount(maxReferences)).path();
    }

    private ManifestSearch search(ReferenceCount references) {
        return new ManifestSearch(documents, target, platform, references);
    }

    private List<Descriptor> configAndLayers(Descriptor manifest, ReferenceCount references) throws IOException {
        List<Descriptor> parts = Handlers.configAndLayers(documents.manifest(manifest));
        references.add(parts.size(), manifest.digest());
        return parts;
    }

    private void walk(Handler handler) throws IOException {
        Walk.walk(handler, maxReferences, List.of(target));
    }

    private boolean isPresent(Descriptor blob) throws IOException {
        return Blobs.isPresent(documents.provider(), blob);
    }

    private static boolean isDocument(Descriptor descriptor) {
        return MediaType.isIndex(descriptor.mediaType()) || MediaType.isManifest(descriptor.mediaType());
    }

    private static <T> T last(List<T> list) {
        return list.get(list.size() - 1);
    }
}
