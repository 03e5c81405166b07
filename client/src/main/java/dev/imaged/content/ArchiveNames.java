package dev.imaged.content;

import dev.imaged.errors.ImageException.InvalidArgument;
import dev.imaged.errors.ImageException.NotFound;
import dev.imaged.internal.text.Excerpt;
import dev.imaged.oci.Descriptor;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** The names of the images of an archive. */
final class ArchiveNames {
    private ArchiveNames() {}

    /** See {@link ImageArchive#names}. */
    static List<String> of(Descriptor image) {
        List<String> names = annotated(image, ImageArchive.NAME_ANNOTATION);
        return names.isEmpty() ? annotated(image, ImageArchive.REF_NAME_ANNOTATION) : names;
    }

    private static List<String> annotated(Descriptor image, String key) {
        return Stream.of(image.annotations().getOrDefault(key, "").split(",", -1))
                .map(String::strip)
                .filter(Predicate.not(String::isEmpty))
                .distinct()
                .toList();
    }

    static Descriptor find(ImageArchive archive, String name) {
        String full = DockerReference.normalizeIfValid(name);
        Predicate<String> isMeant =
                other -> DockerReference.normalizeIfValid(other).equals(full);
        return Stream.<Predicate<String>>of(name::equals, isMeant)
                .map(filter -> named(archive, name, filter))
                .flatMap(List::stream)
                .findFirst()
                .orElseThrow(() -> notFound(archive, name, isMeant));
    }

    private static List<Descriptor> named(ImageArchive archive, String name, Predicate<String> filter) {
        List<Descriptor> images = archive.manifests().stream()
                .filter(image -> of(image).stream().anyMatch(filter))
                .toList();
        List<String> digests =
                images.stream().map(Descriptor::digest).distinct().toList();
        if (digests.size() > 1) {
            throw new InvalidArgument(Excerpt.quote(name) + " is the name of " + digests.size() + " images: "
                    + Excerpt.of(String.join(", ", digests)));
        }
        return images;
    }

    private static RuntimeException notFound(ImageArchive archive, String name, Predicate<String> filter) {
        return archive.problems().stream()
                .filter(problem -> problem.names().stream().anyMatch(filter))
                .findFirst()
                .<RuntimeException>map(ImageArchive.Problem::error)
                .orElseGet(() -> new NotFound("image " + Excerpt.quote(name) + " in the archive"));
    }
}
