package dev.imaged.content;

import dev.imaged.oci.Descriptor;
import java.io.IOException;
import java.util.List;

/** Finds the content that refers to a manifest, such as signatures (OCI distribution-spec, "Listing Referrers"). */
@FunctionalInterface
public interface ReferrersProvider {
    /**
     * Returns the manifests and indexes whose subject is this one; an empty list when there are none.
     *
     * @throws IOException when the source cannot be read
     */
    List<Descriptor> referrers(Descriptor subject) throws IOException;
}
