package dev.imaged.images;

import dev.imaged.content.ContentManager;
import dev.imaged.content.Documents;
import dev.imaged.content.ReferrersProvider;
import dev.imaged.errors.ImageException;
import dev.imaged.errors.ImageException.InvalidArgument;
import dev.imaged.oci.Descriptor;
import dev.imaged.oci.Manifest;
import dev.imaged.oci.MediaType;
import dev.imaged.oci.Platform;
import dev.imaged.oci.PlatformMatcher;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

/**
 * Handlers to combine, each with one purpose; they behave as those of containerd's package {@code images}. A handler is
 * thread-safe when its parts are, and throws the errors of its parts.
 */
public final class Handlers {
    /** On the descriptor of a referrer: the digest of the manifest to which it refers. */
    public static final String SUBJECT_ANNOTATION = "io.containerd.manifest.subject";

    private Handlers() {}

    /**
     * Returns a handler that calls handlers in order and returns the results of all. A {@link StopHandler} leaves out
     * the later handlers for that descriptor.
     */
    public static Handler sequence(Handler... handlers) {
        List<Handler> sequence = List.of(handlers);
        return descriptor -> {
            List<Descriptor> children = new ArrayList<>();
            try {
                for (Handler handler : sequence) {
                    children.addAll(handler.handle(descriptor));
                }
            } catch (StopHandler e) {
                return children;
            }
            return children;
        };
    }

    /** Returns a handler that skips a descriptor it has seen before, so that shared content is visited once. */
    public static Handler unseen() {
        Set<Descriptor> seen = ConcurrentHashMap.newKeySet();
        return descriptor -> {
            if (!seen.add(descriptor)) {
                throw new SkipDescriptor();
            }
            return List.of();
        };
    }

    /**
     * Returns a handler that reads the descriptors under a descriptor: the manifests of an index; the config and then
     * the layers of a manifest; nothing under anything else. It throws {@link ImageException.NotFound} when the
     * document is missing, and {@link InvalidArgument} when it is broken, of another kind than the descriptor says, or
     * of Docker's schema 1.
     */
    public static Handler children(Documents documents) {
        return descriptor -> {
            if (MediaType.isIndex(descriptor.mediaType())) {
                return documents.index(descriptor).manifests();
            } else if (MediaType.isManifest(descriptor.mediaType())) {
                return configAndLayers(documents.manifest(descriptor));
            }
            refuseSchema1(descriptor);
            return List.of();
        };
    }

    static void refuseSchema1(Descriptor descriptor) {
        if (MediaType.isSchema1(descriptor.mediaType())) {
            throw new InvalidArgument(descriptor.digest() + ": media-type: schema 1 not supported");
        }
    }

    static List<Descriptor> configAndLayers(Manifest manifest) {
        List<Descriptor> children = new ArrayList<>();
        children.add(manifest.config());
        children.addAll(manifest.layers());
        return children;
    }

    /**
     * Returns a handler that drops the results of another whose platform does not match; a result without a platform
     * stays.
     */
    public static Handler filterPlatforms(Handler handler, PlatformMatcher matcher) {
        return descriptor -> handler.handle(descriptor).stream()
                .filter(child -> child.platform() == null || matcher.matches(child.platform()))
                .toList();
    }

    /**
     * Returns a handler that keeps the first few of the descriptors that another returns for an index, in the matcher's
     * order: the best platform first, entries without a platform last, and equal entries in the order of the index. It
     * throws {@link ImageException.NotFound} when there are no entries.
     *
     * @param limit how many to keep; 0 or less keeps all, even when there are no entries
     */
    public static Handler limitManifests(Handler handler, PlatformMatcher matcher, int limit) {
        return descriptor -> {
            List<Descriptor> children = handler.handle(descriptor);
            if (!MediaType.isIndex(descriptor.mediaType())) {
                return children;
            } else if (limit > 0 && children.isEmpty()) {
                throw new ImageException.NotFound("no match for platform in manifest " + descriptor.digest());
            }
            return children.stream()
                    .sorted(bestFirst(matcher))
                    .limit(limit > 0 ? limit : Long.MAX_VALUE)
                    .toList();
        };
    }

    /** The order of the entries of an index. */
    static Comparator<Descriptor> bestFirst(PlatformMatcher matcher) {
        return Comparator.comparing(
                Descriptor::platform, Comparator.nullsLast((Platform a, Platform b) -> matcher.compare(a, b)));
    }

    /**
     * Returns a handler that labels a descriptor's content with the digests of the children that another handler
     * returns, so that garbage collection keeps the children as well. The labels are containerd's, see {@link
     * GcLabels#childLabels}.
     */
    public static Handler setChildrenLabels(ContentManager manager, Handler handler) {
        return setChildrenMappedLabels(manager, handler, GcLabels::childLabels);
    }

    /**
     * Returns a handler that labels a descriptor's content with the digests of the children that another handler
     * returns, under keys of the caller's choice. The first 12 digits of the child's digest complete a key that ends in
     * {@code .sha256.}. Any other key is followed by the number of the child among the children with the same key: from
     * 0 on after a dot; else the first child has no number, and the others count from 1 on.
     *
     * @param keys gives the keys for a child, an empty list to leave the child out, such as {@link
     *     GcLabels#childLabelsFilterLayers}; thread-safe
     */
    public static Handler setChildrenMappedLabels(
            ContentManager manager, Handler handler, Function<Descriptor, List<String>> keys) {
        return descriptor -> {
            List<Descriptor> children = handler.handle(descriptor);
            Map<String, String> labels = GcLabels.of(children, keys);
            if (!labels.isEmpty()) {
                manager.label(descriptor.digest(), labels);
            }
            return children;
        };
    }

    /**
     * Returns a handler that adds the referrers of a manifest or index to the children that another handler returns,
     * each with the annotation {@value #SUBJECT_ANNOTATION}.
     */
    public static Handler setReferrers(ReferrersProvider provider, Handler handler) {
        return descriptor -> {
            List<Descriptor> children = handler.handle(descriptor);
            if (!MediaType.isManifest(descriptor.mediaType()) && !MediaType.isIndex(descriptor.mediaType())) {
                return children;
            }
            List<Descriptor> all = new ArrayList<>(children);
            for (Descriptor referrer : provider.referrers(descriptor)) {
                Map<String, String> annotations = new HashMap<>(referrer.annotations());
                annotations.put(SUBJECT_ANNOTATION, descriptor.digest());
                all.add(referrer.withAnnotations(annotations));
            }
            return all;
        };
    }
}
