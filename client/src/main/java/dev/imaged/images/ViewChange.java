package dev.imaged.images;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What became different in an {@link ImageView}. Immutable.
 *
 * @param before the image that the view had of the name, null when it had none
 * @param after the image that it has now, null when it has none: it was deleted, or does not match the filters any more
 * @param told the change that the watch told; null when the view found the difference by a comparison with a new snapshot, which may stand
 *     for several changes
 */
public record ViewChange(
        @Nullable VersionedImage before,
        @Nullable VersionedImage after,
        @Nullable WatchedChange told) {
    /** @throws IllegalArgumentException when both images are null */
    public ViewChange {
        if (before == null && after == null) {
            throw new IllegalArgumentException("a change has an image before or after it");
        }
    }

    /** Returns what happened in the view: an image came, was replaced, or went. */
    public Change.Kind kind() {
        return before == null ? Change.Kind.CREATE : after == null ? Change.Kind.DELETE : Change.Kind.UPDATE;
    }

    /** Returns the namespace of the image. */
    public String namespace() {
        return either().namespace();
    }

    /** Returns the name of the image. */
    public String name() {
        return either().image().name();
    }

    private VersionedImage either() {
        return after == null ? Objects.requireNonNull(before) : after;
    }

    /** Returns what a change of a watch makes different in images, null when nothing. */
    static @Nullable ViewChange of(ViewedImages images, WatchedChange told) {
        VersionedImage before = images.find(told.namespace(), told.name()).orElse(null);
        Image image = told.match() == WatchedChange.Match.LEFT ? null : told.after();
        VersionedImage after = image == null ? null : version(before, told.change(), image);
        return before == null && after == null ? null : new ViewChange(before, after, told);
    }

    private static VersionedImage version(@Nullable VersionedImage before, Change change, Image image) {
        long created =
                change.kind() == Change.Kind.CREATE ? change.revision() : before == null ? 0 : before.createdRevision();
        return new VersionedImage(change.namespace(), image, change.revision(), created);
    }

    /** Returns how images differ from those before, in byte order of namespace and name. */
    static List<ViewChange> between(ViewedImages before, ViewedImages after) {
        List<ViewChange> changes = new ArrayList<>();
        List<VersionedImage> old = before.list();
        int next = 0;
        for (VersionedImage image : after.list()) {
            while (next < old.size() && ViewedImages.compare(old.get(next), image) < 0) {
                changes.add(new ViewChange(old.get(next++), null, null));
            }
            boolean known = next < old.size() && ViewedImages.compare(old.get(next), image) == 0;
            VersionedImage previous = known ? old.get(next++) : null;
            boolean isSame = previous != null
                    && previous.revision() == image.revision()
                    && previous.image().equals(image.image());
            if (!isSame) { // the revision that created it may have become known
                changes.add(new ViewChange(previous, image, null));
            }
        }
        old.subList(next, old.size()).forEach(gone -> changes.add(new ViewChange(gone, null, null)));
        return changes;
    }
}
