package dev.imaged.content;

import dev.imaged.oci.Descriptor;
import java.util.List;

/** Content that names its images. Implementations are thread-safe. */
public interface ImageArchive extends ContentProvider {
    /** On an image of an archive: its full name. */
    String NAME_ANNOTATION = "io.containerd.image.name";

    /** Returns the images, in the archive's order, with what it says of them in their annotations. */
    List<Descriptor> manifests();
}
