package dev.imaged.images;

import dev.imaged.content.ContentReader;
import dev.imaged.content.Documents;
import dev.imaged.errors.ImageException.InvalidArgument;
import dev.imaged.errors.ImageException.NotFound;
import dev.imaged.errors.ImageException.ResourceExhausted;
import dev.imaged.oci.Descriptor;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/**
 * How much room an image takes in a content store, in bytes: the same sum as that of containerd's package {@code images/usage}
 * without snapshots. Content that is listed twice counts twice. Content that only descriptors carry takes no room of
 * its own.
 */
public final class ImageUsage {
    private final Documents documents;
    private final UsageOptions options;
    private final Handler children;
    private final AtomicLong bytes = new AtomicLong();

    private ImageUsage(Documents documents, UsageOptions options) {
        this.documents = documents;
        this.options = options;
        Handler all = Handlers.children(documents);
        this.children = options.platform() == null
                ? all
                : Handlers.limitManifests(all, options.platform(), options.manifestLimit());
    }

    /** Returns the usage with the default options; see {@link #calculate(Documents, Descriptor, UsageOptions)}. */
    public static long calculate(Documents documents, Descriptor target) throws IOException {
        return calculate(documents, target, UsageOptions.DEFAULT);
    }

    /**
     * Returns the usage of a target in bytes.
     *
     * @throws NotFound when the options limit the manifests, and the index or one of these manifests is missing
     * @throws InvalidArgument when a document is broken, or the sum exceeds 64 bits
     * @throws ResourceExhausted when there are more references than the options allow
     * @throws IOException when the source of the content fails
     */
    public static long calculate(Documents documents, Descriptor target, UsageOptions options) throws IOException {
        ImageUsage usage = new ImageUsage(documents, options);
        try {
            Dispatch.dispatch(usage::add, options.dispatch(), List.of(target));
        } catch (ArithmeticException e) {
            throw new InvalidArgument("usage of " + target.digest() + ": the sum exceeds 64 bits", e);
        }
        return usage.bytes.get();
    }

    private List<Descriptor> add(Descriptor descriptor) throws IOException {
        List<Descriptor> found = find(descriptor);
        bytes.accumulateAndGet(options.manifestUsage() ? descriptor.size() : storedSize(descriptor), Math::addExact);
        return found;
    }

    /**
     * Returns the descriptors under a descriptor; an empty list when its content is missing and the options allow that.
     */
    private List<Descriptor> find(Descriptor descriptor) throws IOException {
        try {
            return children.handle(descriptor);
        } catch (NotFound e) {
            if (options.platform() != null) {
                throw e;
            }
            return List.of();
        }
    }

    /** Returns the size in the store, which may have more bytes than the descriptor says. */
    private long storedSize(Descriptor descriptor) throws IOException {
        try (ContentReader reader = documents.provider().open(descriptor)) {
            return Math.max(reader.size(), descriptor.size());
        } catch (NotFound e) {
            return 0;
        }
    }
}
