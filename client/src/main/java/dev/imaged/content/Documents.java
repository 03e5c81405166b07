package dev.imaged.content;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.imaged.errors.ImageException.InvalidArgument;
import dev.imaged.errors.ImageException.NotFound;
import dev.imaged.oci.Descriptor;
import dev.imaged.oci.ImageConfig;
import dev.imaged.oci.Index;
import dev.imaged.oci.Manifest;
import java.io.IOException;
import java.util.function.BiFunction;

/**
 * The documents of descriptors: read from a source, verified, parsed, and kept, because the content of a digest never
 * changes. A document that is kept is still returned after the source has lost it. Thread-safe.
 *
 * <p>Every call throws {@link NotFound} when the source does not have the blob, {@link InvalidArgument} when it has
 * more than {@link Blobs#MAX_DOCUMENT_BYTES} bytes, does not match the descriptor or breaks a rule of {@link
 * DocumentParser}, and {@link IOException} when the source cannot be read.
 */
public final class Documents {
    /** How many bytes of documents are kept by default. */
    public static final long DEFAULT_CACHE_BYTES = 16 * 1024 * 1024;

    private final ContentProvider provider;
    private final Cache<Key, Object> cache;

    private Documents(ContentProvider provider, long maxCachedBytes) {
        this.provider = provider;
        this.cache = Caffeine.newBuilder()
                .maximumWeight(maxCachedBytes)
                .weigher((Key key, Object document) -> (int) key.size())
                .executor(Runnable::run)
                .build();
    }

    /**
     * The fields that decide whether a descriptor is accepted. Several descriptors may have one digest, and some of them may be
     * wrong.
     */
    private record Key(String digest, long size, String mediaType, Class<?> kind) {}

    /** Returns the documents of a source, and keeps {@value #DEFAULT_CACHE_BYTES} bytes of them. */
    public static Documents of(ContentProvider provider) {
        return of(provider, DEFAULT_CACHE_BYTES);
    }

    /**
     * Returns the documents of a source.
     *
     * @param maxCachedBytes how many bytes of documents are kept; parsed, they take a few times as much memory. 0 keeps
     *     none.
     */
    public static Documents of(ContentProvider provider, long maxCachedBytes) {
        return new Documents(provider, maxCachedBytes);
    }

    /** Returns the source of the documents. */
    public ContentProvider provider() {
        return provider;
    }

    /** Returns the index that a descriptor names. */
    public Index index(Descriptor descriptor) throws IOException {
        DocumentParser.requireIndex(descriptor);
        return document(Index.class, descriptor, DocumentParser::index);
    }

    /** Returns the manifest that a descriptor names. */
    public Manifest manifest(Descriptor descriptor) throws IOException {
        DocumentParser.requireManifest(descriptor);
        return document(Manifest.class, descriptor, DocumentParser::manifest);
    }

    /** Returns the config of an image that a descriptor names. */
    public ImageConfig config(Descriptor descriptor) throws IOException {
        DocumentParser.requireConfig(descriptor);
        return document(ImageConfig.class, descriptor, DocumentParser::config);
    }

    private <T> T document(Class<T> kind, Descriptor descriptor, BiFunction<Descriptor, byte[], T> parser)
            throws IOException {
        Key key = new Key(descriptor.digest(), descriptor.size(), descriptor.mediaType(), kind);
        Object cached = cache.getIfPresent(key);
        if (cached != null) {
            return kind.cast(cached);
        }
        T document = parser.apply(descriptor, Blobs.read(provider, descriptor));
        cache.put(key, document);
        return document;
    }
}
