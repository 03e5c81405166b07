package dev.imaged.server.cli;

import dev.imaged.content.Blobs;
import dev.imaged.content.Documents;
import dev.imaged.images.Handler;
import dev.imaged.images.Handlers;
import dev.imaged.images.ImageContent;
import dev.imaged.images.ReferenceCount;
import dev.imaged.oci.Compression;
import dev.imaged.oci.Descriptor;
import dev.imaged.oci.MediaType;
import dev.imaged.oci.Platform;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The content of a target as lines: each descriptor, followed by its children. A descriptor that comes again is not opened again,
 * so that there are no more lines than entries in the documents.
 */
final class ContentTree {
    private static final String UNKNOWN = "unknown";

    private final Documents documents;
    private final Handler children;
    private final List<Line> lines = new ArrayList<>();
    private final ReferenceCount references = new ReferenceCount(ReferenceCount.DEFAULT_MAX);
    private final Set<String> opened = new HashSet<>();

    private ContentTree(Documents documents, Handler children) {
        this.documents = documents;
        this.children = children;
    }

    /**
     * One descriptor.
     *
     * @param depth how many descriptors are above it
     * @param present whether the content is there
     * @param platform the platform of the image, null when it is unknown
     */
    record Line(
            Descriptor descriptor,
            int depth,
            boolean present,
            @Nullable Platform platform) {
        /** Returns the kind of the descriptor, in a word. */
        String kind() {
            String mediaType = descriptor.mediaType();
            if (MediaType.isIndex(mediaType)) {
                return "index";
            } else if (MediaType.isManifest(mediaType)) {
                return platform != null && platform.os().equals(UNKNOWN) ? "attestation" : "manifest";
            } else if (MediaType.isKnownConfig(mediaType)) {
                return "config";
            } else if (MediaType.isLayer(mediaType)) {
                return "layer";
            }
            return MediaType.isAttestation(mediaType) ? "statement" : "other";
        }

        /** Returns what is wrong with the embedded data of the descriptor, null when nothing is. */
        @Nullable
        String dataProblem() {
            return Blobs.dataProblem(descriptor);
        }

        /** Returns how a layer is compressed, null for everything else. */
        @Nullable
        Compression compression() {
            boolean tar = MediaType.isLayer(descriptor.mediaType())
                    && descriptor.mediaType().contains(".tar");
            return tar ? MediaType.diffCompression(descriptor.mediaType()) : null;
        }
    }

    /** Returns everything under a target. */
    static List<Line> of(Documents documents, Descriptor target) throws IOException {
        return new ContentTree(documents, Handlers.children(documents)).lines(target);
    }

    /** Returns the image of one platform, and the indexes that lead to it. */
    static List<Line> of(ImageContent image) throws IOException {
        List<Descriptor> path = image.path();
        Handler all = Handlers.children(image.documents());
        Handler onThePath = descriptor -> {
            int place = path.indexOf(descriptor);
            return place < 0 || place == path.size() - 1 ? all.handle(descriptor) : List.of(path.get(place + 1));
        };
        return new ContentTree(image.documents(), onThePath).lines(image.target());
    }

    private record Step(Descriptor descriptor, int depth) {}

    private List<Line> lines(Descriptor target) throws IOException {
        Deque<Step> steps = new ArrayDeque<>(List.of(new Step(target, 0)));
        while (!steps.isEmpty()) {
            Step step = steps.pop();
            Descriptor descriptor = step.descriptor();
            boolean present = Blobs.isPresent(documents.provider(), descriptor);
            lines.add(new Line(descriptor, step.depth(), present, platform(descriptor, present)));
            if (present && opened.add(descriptor.digest())) {
                List<Descriptor> next = children.handle(descriptor);
                references.add(next.size(), descriptor.digest());
                for (int i = next.size() - 1; i >= 0; i--) {
                    steps.push(new Step(next.get(i), step.depth() + 1));
                }
            }
        }
        return lines;
    }

    private @Nullable Platform platform(Descriptor descriptor, boolean present) throws IOException {
        if (descriptor.platform() != null || !present || !MediaType.isManifest(descriptor.mediaType())) {
            return descriptor.platform();
        }
        Descriptor config = documents.manifest(descriptor).config();
        boolean known = MediaType.isConfig(config.mediaType()) && Blobs.isPresent(documents.provider(), config);
        return known ? documents.config(config).platform().normalize() : null;
    }
}
