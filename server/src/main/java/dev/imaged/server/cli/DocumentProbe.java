package dev.imaged.server.cli;

import dev.imaged.content.Blobs;
import dev.imaged.content.ContentProvider;
import dev.imaged.content.ContentReader;
import dev.imaged.content.DocumentParser;
import dev.imaged.errors.ImageException.InvalidArgument;
import dev.imaged.oci.Descriptor;
import dev.imaged.oci.MediaType;
import java.io.IOException;

/** Finds the media type and the size of a document by its digest. */
final class DocumentProbe {
    private DocumentProbe() {}

    /**
     * Returns the descriptor of an index or a manifest.
     *
     * @throws InvalidArgument when the content is neither
     */
    static Descriptor describe(ContentProvider provider, String digest) throws IOException {
        long size;
        try (ContentReader reader = provider.open(new Descriptor("", digest, 0))) {
            size = reader.size();
        }
        byte[] document = Blobs.read(provider, new Descriptor("", digest, size));
        Descriptor index = new Descriptor(MediaType.OCI_INDEX, digest, size);
        Descriptor manifest = new Descriptor(MediaType.OCI_MANIFEST, digest, size);
        try {
            return withType(index, DocumentParser.index(index, document).mediaType());
        } catch (InvalidArgument noIndex) {
            return withType(
                    manifest, DocumentParser.manifest(manifest, document).mediaType());
        }
    }

    private static Descriptor withType(Descriptor descriptor, String mediaType) {
        return mediaType.isEmpty() ? descriptor : new Descriptor(mediaType, descriptor.digest(), descriptor.size());
    }
}
