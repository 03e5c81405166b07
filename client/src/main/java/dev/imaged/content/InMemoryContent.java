package dev.imaged.content;

import dev.imaged.errors.ImageException.InvalidArgument;
import dev.imaged.errors.ImageException.NotFound;
import dev.imaged.internal.text.Excerpt;
import dev.imaged.oci.Descriptor;
import dev.imaged.oci.Digest;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** Content in memory, for tests and for content that needs no file. Thread-safe. */
public final class InMemoryContent implements ContentProvider, ContentManager, ReferrersProvider {
    private static final int MAX_LABEL_BYTES = 4096;

    private final Clock clock;
    private final Map<String, Blob> blobs = new ConcurrentHashMap<>();
    private final Map<String, List<Descriptor>> referrers = new ConcurrentHashMap<>();

    private record Blob(byte[] bytes, ContentInfo info) {}

    /** Empty content that takes its times from the system. */
    public InMemoryContent() {
        this(Clock.systemUTC());
    }

    /** Empty content that takes its times from {@code clock}. */
    public InMemoryContent(Clock clock) {
        this.clock = clock;
    }

    /** Adds a blob unless it is there already, and returns its descriptor, with a sha256 digest. */
    public Descriptor add(String mediaType, byte[] bytes) {
        byte[] copy = bytes.clone();
        String digest = Digest.sha256(copy).toString();
        Instant now = clock.instant();
        blobs.putIfAbsent(digest, new Blob(copy, new ContentInfo(digest, copy.length, now, now, Map.of())));
        return new Descriptor(mediaType, digest, copy.length);
    }

    /**
     * Removes a blob.
     *
     * @throws NotFound when it is not there
     */
    public void remove(String digest) {
        if (blobs.remove(digest) == null) {
            throw notFound(digest);
        }
    }

    /** Makes {@code referrer} a referrer of the manifest {@code subject}. */
    public void addReferrer(Descriptor subject, Descriptor referrer) {
        referrers
                .computeIfAbsent(subject.digest(), digest -> new CopyOnWriteArrayList<>())
                .add(referrer);
    }

    @Override
    public ContentReader open(Descriptor blob) {
        return new BytesReader(find(blob.digest()).bytes());
    }

    @Override
    public ContentInfo info(String digest) {
        return find(digest).info();
    }

    @Override
    public ContentInfo label(String digest, Map<String, String> labels) {
        labels.forEach(InMemoryContent::requireValid);
        ContentInfo before = info(digest);
        if (labels.isEmpty()) {
            return before;
        }
        Blob labelled =
                blobs.computeIfPresent(digest, (key, blob) -> new Blob(blob.bytes(), labelled(blob.info(), labels)));
        if (labelled == null) {
            throw notFound(digest);
        }
        return labelled.info();
    }

    private ContentInfo labelled(ContentInfo info, Map<String, String> labels) {
        Map<String, String> all = new TreeMap<>(info.labels());
        all.putAll(labels);
        all.values().removeIf(String::isEmpty);
        return new ContentInfo(info.digest(), info.size(), info.createdAt(), clock.instant(), all);
    }

    private static void requireValid(String key, String value) {
        if (key.isEmpty() && !value.isEmpty()) {
            throw new InvalidArgument("label \"\"=" + Excerpt.quote(value) + ": key required");
        }
        int length = (key + value).getBytes(StandardCharsets.UTF_8).length;
        if (length > MAX_LABEL_BYTES) {
            throw new InvalidArgument("label key and value length (" + length + " bytes) greater than maximum size ("
                    + MAX_LABEL_BYTES + " bytes)");
        }
    }

    @Override
    public List<Descriptor> referrers(Descriptor subject) {
        return List.copyOf(referrers.getOrDefault(subject.digest(), List.of()));
    }

    private Blob find(String digest) {
        Digest.requireValid(digest);
        Blob blob = blobs.get(digest);
        if (blob == null) {
            throw notFound(digest);
        }
        return blob;
    }

    private static NotFound notFound(String digest) {
        return new NotFound("content " + digest);
    }
}
