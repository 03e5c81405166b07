package dev.imaged.content;

import dev.imaged.errors.ImageException.InvalidArgument;
import dev.imaged.errors.ImageException.NotFound;
import dev.imaged.oci.Descriptor;
import dev.imaged.oci.Digest;
import dev.imaged.oci.MediaType;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * The names that {@code manifest.json} has for the images of a layout, found by their configs: from version 25 on, Docker
 * writes both forms into one archive. Not thread-safe.
 */
final class RepoTags {
    private final Documents documents;
    private final Map<String, Set<String>> byConfig = new HashMap<>();

    /** @throws InvalidArgument when {@code manifest.json} is broken */
    private RepoTags(LayoutFiles files, Documents documents) throws IOException {
        this.documents = documents;
        for (DockerImageEntry entry : DockerImageEntry.list(files)) {
            FileExtent config = files.find(entry.config());
            if (config != null && !entry.names().isEmpty()) {
                byConfig.computeIfAbsent(digest(config), digest -> new LinkedHashSet<>())
                        .addAll(entry.fullNames());
            }
        }
    }

    /**
     * Returns images with their names in {@code manifest.json} as annotations. An image that has a name already stays
     * as it is, and no other image gets that name.
     *
     * @throws InvalidArgument when {@code manifest.json} is broken
     */
    static List<Descriptor> name(List<Descriptor> images, LayoutFiles files, Documents documents) throws IOException {
        if (images.stream().allMatch(RepoTags::isNamed) || files.find(DockerImageEntry.MANIFEST_FILE) == null) {
            return images;
        }
        RepoTags tags = new RepoTags(files, documents);
        Set<String> taken = images.stream()
                .flatMap(image -> ArchiveNames.of(image).stream())
                .map(DockerReference::normalizeIfValid)
                .collect(Collectors.toSet());
        List<Descriptor> named = new ArrayList<>();
        for (Descriptor image : images) {
            Set<String> names = isNamed(image) ? new LinkedHashSet<>() : tags.of(image);
            names.removeAll(taken);
            for (String name : names) {
                Map<String, String> annotations = new TreeMap<>(image.annotations());
                annotations.put(ImageArchive.NAME_ANNOTATION, name);
                named.add(image.withAnnotations(annotations));
            }
            if (names.isEmpty()) {
                named.add(image);
            }
        }
        return named;
    }

    private static boolean isNamed(Descriptor image) {
        return !ArchiveNames.of(image).isEmpty();
    }

    private static String digest(FileExtent file) throws IOException {
        try (InputStream in = new ReaderStream(file.open())) {
            return Digest.sha256(in).toString();
        }
    }

    private Set<String> of(Descriptor image) throws IOException {
        Set<String> names = new LinkedHashSet<>();
        try {
            for (Descriptor manifest : manifests(image)) {
                String config = documents.manifest(manifest).config().digest();
                names.addAll(byConfig.getOrDefault(config, Set.of()));
            }
        } catch (NotFound | InvalidArgument e) {
            // The error is reported when the image is read.
        }
        return names;
    }

    /** Returns the manifests of an image, one for each platform. */
    private List<Descriptor> manifests(Descriptor image) throws IOException {
        List<Descriptor> entries =
                MediaType.isIndex(image.mediaType()) ? documents.index(image).manifests() : List.of(image);
        return entries.stream()
                .filter(entry -> MediaType.isManifest(entry.mediaType()))
                .toList();
    }
}
