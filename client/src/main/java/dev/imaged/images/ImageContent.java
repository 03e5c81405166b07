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
 * What stands behind a target on one platform: the questions of containerd's package {@code images}. Immutable and
 * thread-safe. Documents are read when a question needs them, and once for all questions as far as {@link Documents}
 * keeps them.
 *
 * <p>The image of a platform is that of the best entry of an index: of those whose platform matches, the first in the
 * matcher's order; failing that, the first of those without a platform whose config's platform matches. An index inside
 * an index is looked into where it stands. A target that is itself a manifest is the image whatever its platform.
 *
 * <p>Every call throws {@link NotFound} when a document that it needs is missing, {@link InvalidArgument} when one is
 * broken, of another kind than its descriptor says, of Docker's schema 1, or of more than 8 MiB, {@link
 * ResourceExhausted} when there are more references than the bound, and {@link IOException} when the source of the content
 * fails.
 *
 * @param documents where the content is
 * @param target an index or a manifest
 * @param platform which image of an index is meant
 * @param maxReferences how many descriptors the answer to one question may meet, each as often as it is listed, at least 1
 */
public record ImageContent(Documents documents, Descriptor target, PlatformMatcher platform, int maxReferences) {
    private static final String UNKNOWN = "unknown";

    /** What stands behind a target on a platform, with {@value ReferenceCount#DEFAULT_MAX} references at most. */
    public ImageContent(Documents documents, Descriptor target, PlatformMatcher platform) {
        this(documents, target, platform, ReferenceCount.DEFAULT_MAX);
    }

    /** What stands behind a target on the platform of this machine. */
    public ImageContent(Documents documents, Descriptor target) {
        this(documents, target, PlatformMatcher.local());
    }

    /** Returns the same with another bound of the references. */
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
     * @throws InvalidArgument when the manifest is that of an artifact, which has no such config
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
     * and the layers, each as often as it is listed. Only what the documents say is added up, the content may be
     * elsewhere. Of a target that is neither an index nor a manifest it is the size that its descriptor says.
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
            throw new InvalidArgument("size of " + target.digest() + ": the sum exceeds 64 bits: invalid argument", e);
        }
    }

    /**
     * Returns the platforms that the target has an image for, each once, in the order of the index: what an entry says,
     * and for an entry that does not say what its config says. Attestations ({@code unknown/unknown}) are no image.
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
     * Returns what of the image is there. Content that is missing is not an error; of what is there the size is compared, and
     * not the digest, which would mean to read it all.
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
        for (Descriptor document : path) { // what was read before may be gone by now
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
     * Returns what is missing of all that the target has, on every platform. That is not an error: a layout may hold only
     * some platforms of an index. Every index and manifest that is found is verified and read; of everything else only the
     * size is compared.
     *
     * @throws NotFound when the target is missing
     * @throws InvalidArgument when something has another size than its descriptor says
     */
    public List<Descriptor> missing() throws IOException {
        Blobs.verify(documents.provider(), target);
        return select((descriptor, present) -> !present);
    }

    /**
     * Returns those of all that the target has, on every platform, whose descriptor carries data that is not what its digest
     * says ({@link Blobs#dataProblem} says why). Such data does not count: the content is what the source has.
     */
    public List<Descriptor> invalidData() throws IOException {
        return select((descriptor, present) -> Blobs.dataProblem(descriptor) != null);
    }

    /** Returns what a condition holds for of all that the documents list which are there. */
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
     * Returns the indexes from the target on, and the manifest of the image that they lead to.
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
