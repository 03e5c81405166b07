package dev.imaged.images;

import dev.imaged.errors.GoQuote;
import dev.imaged.errors.ImageException.AlreadyExists;
import dev.imaged.errors.ImageException.InvalidArgument;
import dev.imaged.errors.ImageException.NotFound;
import dev.imaged.oci.Descriptor;
import dev.imaged.oci.Rfc3339;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What each write makes of an image: pure functions that every engine applies between an atomic read and an atomic
 * write. Their checks come in the order that callers of containerd's Images API observe.
 */
public final class ImageRules {
    /** The label whose value, a time of RFC 3339, says from when on a collection removes the image. */
    public static final String EXPIRE_LABEL = "containerd.io/gc.expire";

    private ImageRules() {}

    /**
     * Returns the image that a create stores.
     *
     * @param exists whether the name is taken
     * @param now the time of the write
     * @throws InvalidArgument when the image breaks a rule of {@link ImageValidator}
     * @throws AlreadyExists when the name is taken
     * @throws NotFound when a lease is named for an expiring image
     */
    public static Image create(boolean exists, Image request, WriteOptions options, Instant now) {
        ImageValidator.requireName(request.name());
        ImageValidator.requireValid(request);
        if (exists) {
            throw new AlreadyExists("image " + GoQuote.quote(request.name()));
        }
        Instant time = options.sourceDateEpoch() == null ? now : options.sourceDateEpoch();
        return stored(request, options, time, time);
    }

    /**
     * Returns the image that an update stores.
     *
     * @param now the time of the write
     * @throws InvalidArgument when the mask or the resulting image breaks a rule
     * @throws NotFound when a lease is named for an expiring image
     */
    public static Image update(Image existing, Image request, UpdateMask mask, WriteOptions options, Instant now) {
        Image updated = mask.apply(existing, request);
        ImageValidator.requireValid(updated);
        Instant time = options.sourceDateEpoch() == null ? now : options.sourceDateEpoch();
        return stored(updated, options, updated.createdAt(), time);
    }

    /**
     * Returns the image that is stored when one is taken over from another store, times included.
     *
     * @throws InvalidArgument when it breaks a rule of {@link ImageValidator}
     */
    public static Image load(Image image) {
        ImageValidator.requireName(image.name());
        ImageValidator.requireValid(image);
        return stored(image, WriteOptions.DEFAULT, image.createdAt(), image.updatedAt());
    }

    /**
     * Checks that a delete may take place.
     *
     * @throws InvalidArgument when the digest in the options is not Unicode text
     * @throws NotFound when the image points elsewhere than the options say
     */
    public static void delete(Image existing, DeleteOptions options) {
        ImageValidator.requireUnicode("target.Digest", options.targetDigest());
        String digest = existing.target().digest();
        if (!options.targetDigest().isEmpty() && !options.targetDigest().equals(digest)) {
            throw new NotFound("image " + GoQuote.quote(existing.name()) + " has target " + digest + ", not "
                    + options.targetDigest());
        }
    }

    /**
     * Returns what was found under a name.
     *
     * @throws NotFound when it is null
     */
    public static <T> T requireFound(String name, @Nullable T found) {
        if (found == null) {
            throw new NotFound("image " + GoQuote.quote(name));
        }
        return found;
    }

    /** Whether a collection removes an image with these labels; a time that cannot be read keeps it. */
    public static boolean isExpired(Map<String, String> labels, Instant now) {
        String expire = labels.get(EXPIRE_LABEL);
        Instant time = expire == null ? null : Rfc3339.parse(expire);
        return time != null && time.isBefore(now);
    }

    private static Image stored(Image image, WriteOptions options, Instant createdAt, Instant updatedAt) {
        ImageValidator.requireStorable(image);
        Image stored =
                new Image(image.name(), withoutEmpty(image.labels()), stored(image.target()), createdAt, updatedAt);
        if (options.lease() != null && stored.labels().containsKey(EXPIRE_LABEL)) {
            throw new NotFound("lease does not exist");
        }
        return stored;
    }

    /** The Images API carries no more of a descriptor than this. */
    private static Descriptor stored(Descriptor target) {
        return new Descriptor(target.mediaType(), target.digest(), target.size(), withoutEmpty(target.annotations()));
    }

    private static Map<String, String> withoutEmpty(Map<String, String> entries) {
        if (!entries.containsValue("")) {
            return entries;
        }
        Map<String, String> kept = new HashMap<>(entries);
        kept.values().removeIf(String::isEmpty);
        return kept;
    }
}
