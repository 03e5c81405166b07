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
 * Handlers to put together, each with one purpose; they behave as those of containerd's package {@code images}. All of
 * them are thread-safe when what they are made of is, and throw what that throws.
 */
public final class Handlers {
    /** On the descriptor of a referrer: the digest of the manifest that it refers to. */
    public static final String SUBJECT_ANNOTATION = "io.containerd.manifest.subject";

    private Handlers() {}

    /**
     * Returns a handler that calls handlers in order and returns what all of them return. A {@link StopHandler} leaves
     * out the handlers behind it for that descriptor.
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

    /** Returns a handler that skips a descriptor which it has seen before, so that shared content is visited once. */
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
     * Returns a handler that reads what comes under a descriptor: the manifests of an index; the config and then the
     * layers of a manifest; nothing under anything else. It throws {@link ImageException.NotFound} when the document is
     * missing, and {@link InvalidArgument} when it is broken, of another kind than the descriptor says, or of Docker's
     * schema 1.
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

    /** Returns a handler that drops those descriptors of another whose platform does not match; one without stays. */
    public static Handler filterPlatforms(Handler handler, PlatformMatcher matcher) {
        return descriptor -> handler.handle(descriptor).stream()
                .filter(child -> child.platform() == null || matcher.matches(child.platform()))
                .toList();
    }

    /**
     * Returns a handler that keeps, of what another returns for an index, the first few in the matcher's order: the best
     * platform first, those without a platform last, and as they stand in the index where that says nothing. It throws
     * {@link ImageException.NotFound} when there is none.
     *
     * @param limit how many to keep; 0 or less keeps all of them, of which there may be none
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
     * Returns a handler that labels a descriptor's content with the digests of what another handler returns for it, so
     * that garbage collection keeps that as well. The labels are containerd's, see {@link GcLabels#childLabels}.
     */
    public static Handler setChildrenLabels(ContentManager manager, Handler handler) {
        return setChildrenMappedLabels(manager, handler, GcLabels::childLabels);
    }

    /**
     * Returns a handler that labels a descriptor's content with the digests of what another handler returns for it, under
     * keys of the caller's choice. A key that ends in {@code .sha256.} is completed by the first 12 digits of the child's
     * digest; otherwise the number of the child among those with the same key follows, from 0 on behind a dot and from 1
     * on behind anything else.
     *
     * @param keys gives the keys for a child, none to leave it out, such as {@link GcLabels#childLabelsFilterLayers};
     *     thread-safe
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
     * Returns a handler that adds the referrers of a manifest or index to what another handler returns for it, each with
     * the annotation {@value #SUBJECT_ANNOTATION}.
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
