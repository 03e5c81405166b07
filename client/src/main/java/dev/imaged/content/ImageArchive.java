package dev.imaged.content;

import dev.imaged.errors.ImageException.InvalidArgument;
import dev.imaged.errors.ImageException.NotFound;
import dev.imaged.oci.Descriptor;
import java.io.Closeable;
import java.io.IOException;
import java.util.List;

/**
 * Content that names its images. Implementations are thread-safe. Closing it removes the copy of an archive that had to
 * be unpacked; nothing else is held open between two calls.
 */
public interface ImageArchive extends ContentProvider, Closeable {
    /** On an image of an archive: its full name. */
    String NAME_ANNOTATION = "io.containerd.image.name";

    /** On an image of a layout: its full name, or only a tag (OCI image-spec, annotations.md). */
    String REF_NAME_ANNOTATION = "org.opencontainers.image.ref.name";

    /** Returns the images in the archive's order. Their annotations say what the archive says about them. */
    List<Descriptor> manifests();

    /** Returns the images that the archive lists and that cannot be read, for example because files are missing. */
    default List<Problem> problems() {
        return List.of();
    }

    /**
     * An image that an archive lists and that cannot be read.
     *
     * @param names the names of the image, as far as they are known
     * @param error what is wrong
     */
    record Problem(List<String> names, InvalidArgument error) {
        public Problem {
            names = List.copyOf(names);
        }
    }

    /**
     * Returns the names in the annotations of an image of an archive, as they are written: full names or, in a layout,
     * tags. Commas separate several of them. {@value #NAME_ANNOTATION} counts before {@value #REF_NAME_ANNOTATION}.
     */
    static List<String> names(Descriptor image) {
        return ArchiveNames.of(image);
    }

    /**
     * Returns the image of a name. A name as the archive writes it comes first, then its full form, so that {@code app}
     * finds {@code docker.io/library/app:latest}.
     *
     * @throws NotFound when there is no such image
     * @throws InvalidArgument when the image is one of the {@link #problems}, or several images have the name
     */
    default Descriptor find(String name) {
        return ArchiveNames.find(this, name);
    }

    @Override
    default void close() throws IOException {}
}
