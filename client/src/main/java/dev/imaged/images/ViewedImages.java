package dev.imaged.images;

import dev.imaged.internal.text.Utf8Order;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The images of an {@link ImageView} at one moment: all that were there behind one commit, and none that was not. It does not change when
 * the view does, and shares with it what is the same. Immutable.
 */
public final class ViewedImages {
    private static final Comparator<Key> ORDER =
            Comparator.comparing(Key::namespace, Utf8Order.COMPARATOR).thenComparing(Key::name, Utf8Order.COMPARATOR);

    static final ViewedImages NONE =
            new ViewedImages(PersistentMap.empty(ORDER), PersistentMap.empty(Comparator.naturalOrder()), null);

    private final PersistentMap<Key, VersionedImage> images;
    private final PersistentMap<String, PersistentMap<Key, VersionedImage>> byDigest;
    private final @Nullable Position position;

    private record Key(String namespace, String name) {
        static Key of(VersionedImage image) {
            return new Key(image.namespace(), image.image().name());
        }
    }

    private ViewedImages(
            PersistentMap<Key, VersionedImage> images,
            PersistentMap<String, PersistentMap<Key, VersionedImage>> byDigest,
            @Nullable Position position) {
        this.images = images;
        this.byDigest = byDigest;
        this.position = position;
    }

    /** Returns what the images are of; null as long as the view loads its first images. */
    public @Nullable Position position() {
        return position;
    }

    /** Returns how many images there are. */
    public int size() {
        return images.size();
    }

    /** Returns the image of a name, if there is one. */
    public Optional<VersionedImage> find(String namespace, String name) {
        return Optional.ofNullable(images.get(new Key(namespace, name)));
    }

    /** Returns the images whose target has a digest, in byte order of namespace and name. */
    public List<VersionedImage> byDigest(String digest) {
        PersistentMap<Key, VersionedImage> found = byDigest.get(digest);
        return found == null ? List.of() : found.values();
    }

    /** Returns all images in byte order of namespace and name. */
    public List<VersionedImage> list() {
        return images.values();
    }

    ViewedImages at(Position other) {
        return new ViewedImages(images, byDigest, other);
    }

    /** Returns these images at a later commit of the same store. */
    ViewedImages behind(long revision) {
        return position == null ? this : at(new Position(position.store(), revision));
    }

    ViewedImages with(ViewChange change) {
        VersionedImage after = change.after();
        return after == null ? without(change.namespace(), change.name()) : with(after);
    }

    ViewedImages with(VersionedImage image) {
        Key key = Key.of(image);
        String digest = image.image().target().digest();
        ViewedImages rest = without(image.namespace(), image.image().name());
        PersistentMap<Key, VersionedImage> same = rest.byDigest.get(digest);
        PersistentMap<Key, VersionedImage> others = same == null ? PersistentMap.empty(ORDER) : same;
        return new ViewedImages(
                rest.images.with(key, image), rest.byDigest.with(digest, others.with(key, image)), position);
    }

    ViewedImages without(String namespace, String name) {
        Key key = new Key(namespace, name);
        VersionedImage known = images.get(key);
        if (known == null) {
            return this;
        }
        String digest = known.image().target().digest();
        PersistentMap<Key, VersionedImage> same = byDigest.get(digest);
        PersistentMap<Key, VersionedImage> others = same == null ? PersistentMap.empty(ORDER) : same.without(key);
        return new ViewedImages(
                images.without(key),
                others.size() == 0 ? byDigest.without(digest) : byDigest.with(digest, others),
                position);
    }

    /** Compares two images by namespace and name. */
    static int compare(VersionedImage a, VersionedImage b) {
        return ORDER.compare(Key.of(a), Key.of(b));
    }
}
